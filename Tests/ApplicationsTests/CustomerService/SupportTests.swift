import ChannelLayers
import Consumers
import Logging
import Messages
import MusterTesting
import Synchronization
import Testing

@testable import Applications

struct SupportTests {
    private let site = SupportSite()

    @Test("A customer sees the place, is taken, talks, and hears of the end")
    func conversation() async throws {
        let ann = try await site.customer("ann")
        #expect(try await ann.next("waiting") == ["type": "waiting", "place": 1, "waiting": 1])
        let bob = try await site.customer("bob")
        #expect(try await bob.next("waiting") == ["type": "waiting", "place": 2, "waiting": 2])
        #expect(try await ann.next("waiting") == ["type": "waiting", "place": 1, "waiting": 2])

        let mia = try await site.staff("mia")
        let queue = try await mia.next("queue")
        #expect(queue["waiting"]?.arrayValue?.map { $0.mapValue?["name"] } == ["ann", "bob"])
        #expect(queue["staff"] == ["mia"] && queue["talks"] == [])
        try await mia.send(["type": "take"])
        #expect(try await mia.next("talk") == ["type": "talk", "customer": "ann"])
        #expect(try await ann.next("talk") == ["type": "talk", "staff": "mia"])
        #expect(try await bob.next("waiting") == ["type": "waiting", "place": 1, "waiting": 1])
        for client in [ann, mia] {
            let event = try await client.next("message")
            #expect(event["stream"] == "ann" && event["from"] == "desk" && event["event"] == "taken")
        }

        try await ann.send(["type": "message", "text": "hello <b>"])
        try await mia.send(["type": "message", "customer": "ann", "text": "hi"])
        for client in [ann, mia] {
            var said = try await client.next("message")
            #expect(said["id"]?.stringValue.flatMap { MessageID($0) } != nil)
            said["id"] = nil
            #expect(
                said == [
                    "type": "message", "stream": "ann", "from": "customer", "name": "ann", "text": "hello <b>",
                ]
            )
            #expect(try await client.next("message")["text"] == "hi")
        }
        #expect(site.media.texts == ["hello <b>", "hi"])

        try await mia.send(["type": "end", "customer": "ann"])
        #expect(try await mia.next("gone") == ["type": "gone", "customer": "ann"])
        #expect(try await ann.next("message")["event"] == "ended")
        #expect(try await ann.next("ended") == ["type": "ended"])
        try await ann.send(["type": "message", "text": "wait"])
        #expect(try await ann.next("error")["text"] == "The conversation has ended.")
        // Again at the end of the queue, and whoever takes the customer sees what was said.
        let again = try await site.customer("ann")
        #expect(try await again.next("waiting")["place"] == 2)
        #expect(try await ann.next("waiting")["place"] == 2)
        try await mia.send(["type": "take", "customer": "ann"])
        #expect(try await mia.next("talk")["customer"] == "ann")
        #expect(try await mia.next("message")["event"] == "taken")
        #expect(try await mia.next("message")["text"] == "hello <b>")
    }

    @Test("A reload of either side shows the conversation again; a second tab sees the same")
    func reload() async throws {
        let (ann, mia) = try await site.talk()
        try await ann.send(["type": "message", "text": "one"])
        #expect(try await mia.next("message", where: "text", is: "one") != nil)
        try await ann.client.disconnect()
        try await mia.client.disconnect()
        let second = try await site.customer("ann")
        #expect(try await second.next("talk")["staff"] == "mia")
        #expect(try await second.next("message", where: "text", is: "one") != nil)
        let colleague = try await site.staff("mia")
        #expect(try await colleague.next("talk")["customer"] == "ann")
        #expect(try await colleague.next("message", where: "text", is: "one") != nil)
        let tab = try await site.customer("ann")
        try await second.send(["type": "message", "text": "two"])
        for client in [tab, colleague] { #expect(try await client.next("message", where: "text", is: "two") != nil) }
    }

    @Test("What a client calls a message comes back with it, to both sides, or with what was wrong")
    func clientName() async throws {
        let (ann, mia) = try await site.talk()
        try await ann.send(["type": "message", "text": "one", "client": "a 1"])
        try await mia.send(["type": "message", "customer": "ann", "text": "two", "client": "m1"])
        for client in [ann, mia] {
            #expect(try await client.next("message", where: "text", is: "one")?["client"] == "a 1")
            #expect(try await client.next("message", where: "text", is: "two")?["client"] == "m1")
        }
        try await ann.send(["type": "message", "text": "", "client": "a2"])
        #expect(try await ann.next("error")["client"] == "a2")
        try await mia.send(["type": "message", "customer": "bob", "text": "x", "client": "m2"])
        let error = try await mia.next("error")
        #expect(error["client"] == "m2" && error["text"] == "You have no conversation with bob.")
        for name: MessageValue in ["", 5, "é", "a\nb", .string(String(repeating: "x", count: 65))] {
            try await ann.send(["type": "message", "text": "three", "client": name])
            let error = try await ann.next("error")
            #expect(error["text"] == "the field “client” has 1 to 64 printable ASCII characters", "\(name)")
            #expect(error["client"] == nil)
        }
    }

    @Test("A hand-over takes the conversation from one to the other, and the customer hears of it")
    func handOver() async throws {
        let (ann, mia) = try await site.talk()
        let ben = try await site.staff("ben")
        try await mia.send(["type": "hand_over", "customer": "ann", "staff": "zoe"])
        #expect(try await mia.next("error")["text"] == "zoe is not there.")
        try await mia.send(["type": "hand_over", "customer": "ann", "staff": "ben"])
        #expect(try await mia.next("gone")["customer"] == "ann")
        #expect(try await ben.next("talk")["customer"] == "ann")
        #expect(try await ann.next("talk")["staff"] == "ben")
        try await mia.send(["type": "message", "customer": "ann", "text": "late"])
        #expect(try await mia.next("error")["text"] == "You have no conversation with ann.")
        try await ben.send(["type": "message", "customer": "ann", "text": "now I"])
        #expect(try await ann.next("message", where: "text", is: "now I")?["name"] == "ben")
    }

    @Test("Who leaves is out of the queue or the talk, and closed with 1000")
    func leaving() async throws {
        let (ann, mia) = try await site.talk()
        let bob = try await site.customer("bob")
        _ = try await bob.next("waiting")
        try await bob.send(["type": "leave"])
        #expect(try await bob.client.nextCloseCode() == .normal)
        try await ann.send(["type": "leave"])
        #expect(try await ann.client.nextCloseCode() == .normal)
        #expect(try await mia.next("gone")["customer"] == "ann")
        let snapshot = await site.desk.snapshot()
        #expect(snapshot.waiting.isEmpty && snapshot.talks.isEmpty)
    }

    @Test("A staff member who goes: after the lease the customer is at the head of the queue, and told")
    func staffGone() async throws {
        let site = SupportSite(DeskLimits(lease: .seconds(3)))
        let (ann, mia) = try await site.talk()
        try await mia.client.disconnect()
        var (isTold, isFirst) = (false, false)
        while !isTold || !isFirst {
            let frame = try JSON.decode(try await ann.client.nextText(timeout: .seconds(60))).mapValue ?? [:]
            isTold = isTold || frame["event"] == "staff_gone"
            isFirst = isFirst || frame["place"] == 1
        }
        let ben = try await site.staff("ben")
        try await ben.send(["type": "take"])
        #expect(try await ben.next("talk")["customer"] == "ann")
    }

    @Test("A customer who goes is away for the staff member, and back again")
    func customerAway() async throws {
        let site = SupportSite(DeskLimits(lease: .seconds(3)))
        let (ann, mia) = try await site.talk()
        try await ann.client.disconnect()
        #expect(try await mia.next("away", timeout: .seconds(30))["customer"] == "ann")
        let again = try await site.customer("ann")
        #expect(try await mia.next("back", timeout: .seconds(30))["customer"] == "ann")
        #expect(try await again.next("talk")["staff"] == "mia")
    }

    @Test("The timer ends with the last connection")
    func timer() async throws {
        let ann = try await site.customer("ann")
        #expect(site.front.ticker.isRunning)
        try await ann.client.disconnect()
        #expect(try await eventually { !site.front.ticker.isRunning })
    }

    @Test(
        "Bad names are refused with 1008",
        arguments: ["", "name=", "name=a%20b", "name=%FF", "name=.", "name=\(SupportSite.tooLong)"]
    )
    func names(_ query: String) async throws {
        for path in ["/support/", "/support/staff/"] {
            let client = SupportClient(site.communicator(path, query: query))
            do {
                try await client.client.connect()
            } catch CommunicatorError.consumerFailed {
                // As below.
            }
            #expect(try await client.client.nextCloseCode() == .policyViolation)
        }
    }

    @Test(
        "What is wrong with a frame is said to its sender, who stays",
        arguments: [
            ("nonsense", "that is not JSON"), ("[1]", "a JSON object is expected"),
            ("{}", "the field “type” is missing"), (#"{"type": 1}"#, "the field “type” is missing"),
            (#"{"type": "dance"}"#, "no “type” is called \"dance\""),
            (#"{"type": "message"}"#, "the field “text” is missing or no text"),
            (#"{"type": "message", "text": 5}"#, "the field “text” is missing or no text"),
            (#"{"type": "message", "text": ""}"#, "a text has 1 to 8192 bytes"),
            (#"{"type": "message", "customer": "a b", "text": "x"}"#, "the field “customer” is not a name"),
            (#"{"type": "take", "customer": 7}"#, "the field “customer” is not a name"),
            (#"{"type": "end"}"#, "the field “customer” is missing"),
            (#"{"type": "hand_over", "customer": "ann"}"#, "the field “staff” is missing"),
        ]
    )
    func badFrames(_ frame: String, _ fault: String) async throws {
        for client in [try await site.customer("bad"), try await site.staff("worse")] {
            try await client.client.send(frame)
            #expect(try await client.next("error")["text"]?.stringValue?.hasPrefix(fault) == true)
            #expect(client.client.closeCode == nil)
            try await client.client.disconnect()
        }
    }

    @Test("Whoever asks for what is not theirs hears why")
    func notTheirs() async throws {
        let ann = try await site.customer("ann")
        for type in ["take", "end", "hand_over"] {
            try await ann.send(["type": .string(type), "customer": "ann", "staff": "mia"])
            #expect(try await ann.next("error")["text"] == "that is for staff")
        }
        try await ann.send(["type": "message", "text": "anybody?"])
        #expect(try await ann.next("error")["text"] == "Nobody has taken you yet.")
        let (mia, ben) = (try await site.staff("mia"), try await site.staff("ben"))
        try await mia.send(["type": "leave"])
        #expect(try await mia.next("error")["text"] == "that is for customers")
        try await mia.send(["type": "take", "customer": "zoe"])
        #expect(try await mia.next("error")["text"] == "zoe is not waiting.")
        try await mia.send(["type": "take"])
        #expect(try await mia.next("talk")["customer"] == "ann")
        try await ben.send(["type": "take", "customer": "ann"])
        #expect(try await ben.next("error")["text"] == "mia has taken ann already.")
        try await ben.send(["type": "take"])
        #expect(try await ben.next("error")["text"] == "Nobody is waiting.")
        try await ben.send(["type": "end", "customer": "ann"])
        #expect(try await ben.next("error")["text"] == "You have no conversation with ann.")
        try await ben.send(["type": "message", "text": "to whom?"])
        #expect(try await ben.next("error")["text"] == "the field “customer” is missing")
        let long = String(repeating: "x", count: 8193)
        try await mia.send(["type": "message", "customer": "ann", "text": .string(long)])
        #expect(try await mia.next("error")["text"] == "a text has 1 to 8192 bytes")
        try await mia.client.send(String(repeating: " ", count: 60_000))
        #expect(try await mia.next("error")["text"] == "a text has at most 8192 bytes")
        try await mia.client.send([1, 2])
        #expect(try await mia.client.nextCloseCode() == .unsupportedData)
    }

    @Test("When the queue is full a customer is asked to come later")
    func full() async throws {
        let site = SupportSite(DeskLimits(places: 1))
        _ = try await site.customer("ann")
        let bob = SupportClient(site.communicator("/support/", query: "name=bob"))
        do {
            try await bob.client.connect()
        } catch CommunicatorError.consumerFailed {
            // As below.
        }
        #expect(try await bob.client.nextCloseCode() == .tryAgainLater)
    }

    @Test("A snapshot is the same after its way through a message, and what is none is let go")
    func snapshotMessage() throws {
        let (ann, bob, mia) = (try UserName("ann"), try UserName("bob"), try UserName("mia"))
        let snapshot = DeskSnapshot(
            version: 5,
            waiting: [.init(ann, order: 3)],
            talks: [.init(bob, with: mia, began: 2)],
            staff: [mia],
            away: [bob]
        )
        #expect(DeskSnapshot(snapshot.message) == snapshot)
        for field in ["version", "waiting", "talks", "staff", "away"] {
            var fields = snapshot.message.fields
            fields[field] = ["x", 1]
            #expect(DeskSnapshot(Message(type: DeskSnapshot.messageType, fields)) == nil, "\(field)")
        }
    }
}
