import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import Applications

/// Direct messages for clients that speak `muster.v1`.
struct StructuredDirectMessagesTests {
    private let rig = DirectRig()

    @Test("Who comes is shown an empty inbox, who is online, and who was last here")
    func coming() async throws {
        let ann = rig.structured("ann")
        try await ann.connect()
        var frames: [String] = []
        while frames.last?.hasPrefix(#"{"type": "seen""#) != true { frames.append(try await ann.nextText()) }
        #expect(frames.contains(#"{"type": "joined", "name": "ann"}"#))
        #expect(frames.contains(#"{"type": "unread", "counts": {}}"#))
        #expect(frames.suffix(3).first == #"{"type": "roll"}"#)
        #expect(frames.suffix(2).first == #"{"type": "here", "names": ["ann"]}"#)
        #expect(frames.last?.hasPrefix(#"{"type": "seen", "users": [{"name": "ann", "seconds": 1"#) == true)
        #expect(try await rig.layer.groupCount("direct") == 1)
        #expect(try await rig.layer.groupCount("direct.ann") == 1)
        #expect(try await rig.layer.groupCount("sent.ann") == 1)
    }

    @Test("A message reaches all the receiver's connections and the sender's, and is accepted")
    func message() async throws {
        let bobs = [try await rig.connected("bob"), try await rig.connected("bob")]
        let ann = try await rig.connected("ann")
        let other = try await rig.connected("ann")
        try await ann.send(#"{"type": "message", "sender": "eve", "receiver": "bob", "message": "hi", "client": "c1"}"#)
        let accepted = try await ann.next("accepted")
        #expect(Array(accepted.keys) == ["type", "client", "receiver", "of"])
        #expect(accepted["client"] == "c1" && accepted["receiver"] == "bob")
        for bob in bobs {
            let heard = try await bob.next("message")
            #expect(Array(heard.keys) == ["type", "id", "sender", "receiver", "message", "client"])
            #expect(heard["id"] == accepted["of"])
            #expect(heard["sender"] == "ann" && heard["receiver"] == "bob" && heard["message"] == "hi")
            #expect(try await bob.nextText() == #"{"type": "unread", "counts": {"ann": 1}}"#)
        }
        let sent = try await other.next("sent")
        #expect(Array(sent.keys) == ["type", "stream", "id", "receiver", "message", "of", "client"])
        #expect(sent["stream"] == "sent" && sent["of"] == accepted["of"] && sent["message"] == "hi")
        #expect(rig.media.texts == ["hi"])
        #expect(try await rig.unread("bob") == ["ann": 1])
        // What was sent is shown again to who comes later.
        let late = rig.structured("ann")
        try await late.connect()
        #expect(try await late.next("sent") == sent)
    }

    @Test("What waits comes first, in order, on each connection, until it is acknowledged")
    func waiting() async throws {
        try await rig.connected("bob").disconnect()
        let ann = try await rig.connected("ann")
        for number in 1...250 { try await ann.send(#"{"receiver": "bob", "message": "\#(number)"}"#) }
        for _ in 1...250 { _ = try await ann.next("accepted") }
        for _ in 0..<2 {
            let bob = rig.structured("bob")
            try await bob.connect()
            for number in 1...250 {
                let text = try await bob.next("message")["message"]?.stringValue
                #expect(text == "\(number)")
            }
            #expect(try await bob.next("unread")["counts"] == ["ann": 250])
            try await bob.disconnect()
        }
    }

    @Test("An acknowledged message leaves the inbox, and all connections of the user see the counts")
    func acknowledge() async throws {
        let (bob, tab) = (try await rig.connected("bob"), try await rig.connected("bob"))
        let ann = try await rig.connected("ann")
        for text in ["1", "2", "3"] { try await ann.send(#"{"receiver": "bob", "message": "\#(text)"}"#) }
        var ids: [String] = []
        for _ in 1...3 { ids.append(try #require(try await bob.next("message")["id"]?.stringValue)) }
        for client in [bob, tab] { while try await client.next("unread")["counts"] != ["ann": 3] {} }
        try await bob.send(#"{"type": "ack", "ids": ["\#(ids[0])", "9-9"]}"#)
        for client in [bob, tab] { #expect(try await client.next("unread")["counts"] == ["ann": 2]) }
        try await tab.send(#"{"type": "read", "sender": "ann", "id": "\#(ids[1])"}"#)
        for client in [bob, tab] { #expect(try await client.next("unread")["counts"] == ["ann": 1]) }
        #expect(try await rig.unread("bob") == ["ann": 1])
        // Nobody is told what has not changed.
        try await bob.send(#"{"type": "ack", "ids": ["\#(ids[0])"]}"#)
        try await bob.settle()
        #expect(await tab.receivesNothing())
        let late = rig.structured("bob")
        try await late.connect()
        #expect(try await late.next("message")["message"] == "3")
    }

    @Test("A message that another tab has acknowledged before this one came to read it is shown all the same")
    func acknowledgedElsewhere() async throws {
        let bob = try await rig.connected("bob")
        let ann = try UserName("ann")
        let draft = DirectMessageDraft(sender: ann, receiver: try UserName("bob"), text: "quick")
        guard case .stored(let id) = try await rig.inboxes.store(draft) else {
            Issue.record("not stored")
            return
        }
        let second = DirectMessageDraft(sender: ann, receiver: try UserName("bob"), text: "second")
        _ = try await rig.inboxes.store(second)
        _ = try await rig.inboxes.acknowledge([id], by: UserName("bob"))
        try await rig.layer.groupSend(DirectAnnouncement.arrived(DirectMessage(id: id, draft)), to: "direct.bob")
        #expect(try await bob.next("message")["message"] == "quick")
        #expect(try await bob.next("message")["message"] == "second")
        // Announced again, it is not shown again.
        try await rig.layer.groupSend(DirectAnnouncement.arrived(DirectMessage(id: id, draft)), to: "direct.bob")
        try await bob.settle()
        #expect(try await bob.next("unread")["counts"] == ["ann": 1])
        #expect(await bob.receivesNothing())
    }

    @Test("Several announcements whose messages were read at once cost one read")
    func coalescing() async throws {
        let bob = try await rig.connected("bob")
        let ann = try UserName("ann")
        var announcements: [Message] = []
        for number in 1...20 {
            let draft = DirectMessageDraft(sender: ann, receiver: try UserName("bob"), text: "\(number)")
            guard case .stored(let id) = try await rig.inboxes.store(draft) else { continue }
            announcements.append(DirectAnnouncement.arrived(DirectMessage(id: id, draft)))
        }
        let before = rig.inboxes.pages
        for announcement in announcements { try await rig.layer.groupSend(announcement, to: "direct.bob") }
        for number in 1...20 { #expect(try await bob.next("message")["message"] == .string("\(number)")) }
        try await bob.settle()
        #expect(rig.inboxes.pages == before + 1)
    }

    @Test("The same client id is stored once, accepted each time, and shown to nobody twice")
    func repeats() async throws {
        let bob = try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        let frame = #"{"receiver": "bob", "message": "once", "client": "c1"}"#
        try await ann.send(frame)
        let first = try await ann.next("accepted")
        let id = try #require(try await bob.next("message")["id"]?.stringValue)
        try await ann.send(frame)
        #expect(try await ann.next("accepted") == first)
        #expect(try await rig.unread("bob") == ["ann": 1])
        try await bob.send(#"{"type": "ack", "ids": ["\#(id)"]}"#)
        try await bob.settle()
        try await bob.disconnect()
        let again = try await rig.connected("bob")
        let tab = rig.structured("ann")
        try await tab.connect()
        _ = try await tab.next("seen")
        try await ann.send(frame)
        #expect(try await ann.next("accepted") == first)
        try await again.settle()
        #expect(await again.receivesNothing())
        #expect(await tab.receivesNothing())
    }

    @Test("A tab that knows the new counts already tells those that do not")
    func staleCounts() async throws {
        let (ann, bob) = (try UserName("ann"), try UserName("bob"))
        let tab = try await rig.connected("bob")
        let drafts = ["1", "2"].map { DirectMessageDraft(sender: ann, receiver: bob, text: $0) }
        guard case .stored(let id) = try await rig.inboxes.store(drafts[0]) else {
            Issue.record("not stored")
            return
        }
        try await rig.layer.groupSend(DirectAnnouncement.arrivedBefore(id), to: "direct.bob")
        #expect(try await tab.next("unread")["counts"] == ["ann": 1])
        // The first tab has not heard of it yet.
        _ = try await rig.inboxes.store(drafts[1])
        let other = rig.structured("bob")
        try await other.connect()
        #expect(try await other.next("unread")["counts"] == ["ann": 2])
        try await tab.send(#"{"type": "ack", "ids": ["\#(id)"]}"#)
        #expect(try await other.next("unread")["counts"] == ["ann": 1])
    }

    @Test("Another text with the same client id is shown to nobody; what all were told of is known to be settled")
    func otherText() async throws {
        let (ann, bob) = (try UserName("ann"), try UserName("bob"))
        let client = try await rig.connected("ann")
        try await rig.inboxes.open(bob)
        let draft = DirectMessageDraft(sender: ann, receiver: bob, text: "one", clientID: "c1")
        guard case .stored(let id) = try await rig.inboxes.store(draft) else {
            Issue.record("not stored")
            return
        }
        for text in ["two", "one", "two", "one"] {
            try await client.send(#"{"receiver": "bob", "message": "\#(text)", "client": "c1"}"#)
        }
        var frames: [MessageMap] = []
        for _ in 0..<5 { frames.append(try await client.next("accepted", "sent")) }
        #expect(frames.filter { $0["type"] == "accepted" && $0["of"] == .string(id.description) }.count == 4)
        #expect(frames.filter { $0["type"] == "sent" }.map { $0["message"] } == ["one"])
        #expect(try await rig.inboxes.store(draft) == .storedBefore(id, isSettled: true))
    }

    @Test("A message that was stored, but not announced, is announced when it is sent again")
    func announcedLater() async throws {
        let bob = try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        let draft = DirectMessageDraft(
            sender: try UserName("ann"),
            receiver: try UserName("bob"),
            text: "hi",
            clientID: "c1"
        )
        _ = try await rig.inboxes.store(draft)
        #expect(try await bob.next() == ["type": "joined", "name": "ann"])
        #expect(await bob.receivesNothing())
        try await ann.send(#"{"receiver": "bob", "message": "hi", "client": "c1"}"#)
        #expect(try await bob.next("message")["message"] == "hi")
        #expect(try await ann.next("sent")["message"] == "hi")
        _ = try await ann.next("accepted")
    }

    @Test("What the inbox had to let go is told, until the client says that it knows")
    func missing() async throws {
        let limited = InMemoryInboxes(limits: InboxLimits(count: 2))
        let (layer, lastSeen) = (rig.layer, rig.lastSeen)
        func client() -> ConsumerCommunicator {
            ConsumerCommunicator(layer: layer, scope: Scope(path: "/ws/bob/", arguments: ["user": "bob"])) {
                try StructuredDirectMessages($0, inboxes: limited, lastSeen: lastSeen, media: NoMedia())
            }
        }
        try await limited.open(UserName("bob"))
        for number in 1...5 {
            let draft = DirectMessageDraft(
                sender: try UserName("ann"),
                receiver: try UserName("bob"),
                text: "\(number)"
            )
            _ = try await limited.store(draft)
        }
        let (bob, tab) = (client(), client())
        for one in [bob, tab] {
            try await one.connect()
            #expect(try await one.next("missing", "message") == ["type": "missing", "count": 3])
            #expect(try await one.next("message")["message"] == "4")
        }
        try await bob.send(#"{"type": "ack", "missing": 3}"#)
        try await bob.settle()
        // The tab says the same once more than that; what went meanwhile is not lost on the way.
        let more = DirectMessageDraft(sender: try UserName("ann"), receiver: try UserName("bob"), text: "6")
        _ = try await limited.store(more)
        for _ in 0..<2 { try await tab.send(#"{"type": "ack", "missing": 3}"#) }
        try await tab.settle()
        let late = client()
        try await late.connect()
        #expect(try await late.next("missing", "message") == ["type": "missing", "count": 1])
        try await late.send(#"{"type": "ack", "missing": 1}"#)
        try await late.settle()
        let again = client()
        try await again.connect()
        #expect(try await again.next("missing", "message")["message"] == "5")
    }

    @Test("People come and go, not connections")
    func presence() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [rig] in await rig.layer.run() }
            let ann = try await rig.connected("ann")
            let bob = try await rig.connected("bob")
            let tab = try await rig.connectedPlain("bob")
            #expect(try await ann.next() == ["type": "joined", "name": "bob"])
            try await tab.disconnect()
            try await bob.disconnect()
            #expect(try await ann.next() == ["type": "left", "name": "bob"])
            #expect(try await rig.lastSeen.latest(10).map(\.user.rawValue).first == "bob")
            tasks.cancelAll()
        }
    }
}
