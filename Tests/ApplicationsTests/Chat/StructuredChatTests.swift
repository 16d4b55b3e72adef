import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import Applications

/// The chat for clients that speak `muster.v1`.
struct StructuredChatTests {
    private let layer = InMemoryChannelLayer(
        countWindow: .zero,
        leaveGrace: .milliseconds(50),
        histories: HistoryLimits([("chat.*", .recent)])
    )

    private func client(_ query: String, layer: (any ChannelLayer & AnyObject)? = nil) -> ConsumerCommunicator {
        ConsumerCommunicator(
            layer: layer ?? self.layer,
            scope: Scope(path: "/chat/", query: query)
        ) { try StructuredChat($0) }
    }

    /// Connects, and takes what comes up to `here`, but for the position.
    private func connect(_ query: String, hearing frames: [String]) async throws -> ConsumerCommunicator {
        let client = client(query)
        try await client.connect()
        for frame in frames {
            var text = try await client.nextText()
            if text.hasPrefix(#"{"type": "position""#) { text = try await client.nextText() }
            #expect(text == frame)
        }
        return client
    }

    @Test("Who is there is shown to those who come, and who comes and goes is told, with the counts")
    func presence() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [layer] in await layer.run() }
            let ann = try await connect(
                "name=Ann",
                hearing: [
                    #"{"type": "joined", "name": "Ann"}"#,
                    #"{"type": "count", "connections": "1", "people": "1"}"#,
                    #"{"type": "roll"}"#,
                    #"{"type": "here", "names": ["Ann"]}"#,
                ]
            )
            let nobody = try await connect(
                "",
                hearing: [
                    #"{"type": "count", "connections": "2", "people": "1"}"#,
                    #"{"type": "roll"}"#,
                    #"{"type": "here", "names": ["Ann"]}"#,
                ]
            )
            #expect(try await ann.nextText() == #"{"type": "count", "connections": "2", "people": "1"}"#)
            // Two windows of one person are one person.
            let again = client("name=Ann")
            try await again.connect()
            #expect(try await ann.nextText() == #"{"type": "count", "connections": "3", "people": "1"}"#)
            try await again.disconnect()
            #expect(try await ann.nextText() == #"{"type": "count", "connections": "2", "people": "1"}"#)
            try await ann.disconnect()
            var missing: Set = [
                #"{"type": "left", "name": "Ann"}"#, #"{"type": "count", "connections": "1", "people": "0"}"#,
            ]
            while !missing.isEmpty { missing.remove(try await nobody.nextText()) }
            tasks.cancelAll()
        }
    }

    @Test("What is said comes with its id and the name, to the sender too; markup stays text")
    func message() async throws {
        let ann = try await connected("name=A%26n+n")
        try await ann.send("<img src=x onerror=alert(1)>")
        let frame = try await map(ann)
        #expect(Array(frame.keys) == ["type", "id", "name", "text"])
        #expect(frame["type"] == "message")
        #expect(frame["id"]?.stringValue.flatMap { MessageID($0) } != nil)
        #expect(frame["name"] == "A&n n")
        #expect(frame["text"] == "<img src=x onerror=alert(1)>")
        let nobody = try await connected("")
        try await nobody.send("hi")
        var heard = try await map(nobody)
        // The history comes first.
        while heard["text"] != "hi" { heard = try await map(nobody) }
        #expect(Array(heard.keys) == ["type", "id", "text"])
    }

    @Test("A message that is not taken is an error, and the connection stays")
    func errors() async throws {
        let ann = try await connected("")
        try await ann.send(String(repeating: "x", count: 8193))
        #expect(
            try await ann.nextText()
                == #"{"type": "error", "text": "That was not sent: a message has at most 8192 bytes."}"#
        )
        for code in [ChannelLayerError.Code.unavailable, .refused] {
            let layer = RefusingLayer(InMemoryChannelLayer(), with: code)
            let client = try await connected("", layer: layer)
            try await client.send("hello")
            #expect(
                try await client.nextText() == #"{"type": "error", "text": "That was not sent. Try again in a while."}"#
            )
            #expect(client.closeCode == nil)
        }
    }

    @Test("Asked to close, it says so and does")
    func closing() async throws {
        let ann = try await connected("")
        try await ann.send("close")
        #expect(
            try await ann.nextText()
                == #"{"type": "notice", "text": "The server closes the connection, as you asked."}"#
        )
        #expect(try await ann.nextCloseCode() == .normal)
        let binary = try await connected("")
        try await binary.send([0])
        #expect(try await binary.nextCloseCode() == .unsupportedData)
    }

    @Test("A last id is gone on from; one that never was is a gap, then all that is kept")
    func lastSeen() async throws {
        let ann = try await connected("name=Ann")
        var ids: [String] = []
        for number in 1...5 {
            try await ann.send("\(number)")
            ids.append(try #require(try await map(ann)["id"]?.stringValue))
        }
        let returning = client("last=\(ids[2])")
        try await returning.connect()
        for number in 4...5 { #expect(try await map(returning)["text"]?.stringValue == "\(number)") }
        let lost = client("last=1-1")
        try await lost.connect()
        #expect(try await lost.nextText() == #"{"type": "gap"}"#)
        for number in 1...5 { #expect(try await map(lost)["text"]?.stringValue == "\(number)") }
        let wrong = client("last=soon")
        try await wrong.connect()
        #expect(try await wrong.nextCloseCode() == .policyViolation)
    }

    @Test("After a gap the client is told, and sees anew who is there; other groups' gaps are not the room's")
    func gap() async throws {
        let ann = try await connected("name=Ann")
        ann.missMessages(in: [Chat.total])
        ann.missMessages(in: [Chat.total, "chat.lobby"])
        for frame in [#"{"type": "gap"}"#] + Self.roll { #expect(try await ann.nextText() == frame) }
    }

    @Test("After the room has caught up the client sees anew who is there, and nothing is said of a gap")
    func caughtUp() async throws {
        let ann = try await connected("name=Ann")
        layer.localGroupSend(.historyCaughtUp, to: "chat.lobby")
        for frame in Self.roll { #expect(try await ann.nextText() == frame) }
    }

    @Test("A server that is back from a gap, but not for every call yet, costs nobody the connection")
    func gapWithoutNames() async throws {
        let layer = SlowToReturnLayer()
        let ann = try await connected("name=Ann", layer: layer)
        layer.fail(2)
        layer.localGroupSend(.historyCaughtUp, to: "chat.lobby")
        for frame in [Self.roll[0], Self.roll[0]] + Self.roll { #expect(try await ann.nextText() == frame) }
        #expect(ann.closeCode == nil)
    }

    @Test("At most 200 names are listed, and how many more there are")
    func manyPeople() async throws {
        for (people, listed) in [(200, 200), (250, 200), (1001, 200)] {
            let layer = InMemoryChannelLayer()
            for number in 0..<people {
                let person = Person(try UserName("person \(number)"))
                try await layer.groupAdd(layer.newConnectionChannel(), to: "chat.lobby", as: person)
            }
            let client = client("", layer: layer)
            try await client.connect()
            var frame = try await map(client)
            while frame["type"] != "here" { frame = try await map(client) }
            guard case .array(let names) = frame["names"] else {
                Issue.record("no names")
                continue
            }
            #expect(names.count == listed)
            #expect(frame["more"] == (people > listed ? .integer(Int64(people - listed)) : nil))
        }
    }

    /// How a room with Ann alone in it is shown.
    private static let roll = [#"{"type": "roll"}"#, #"{"type": "here", "names": ["Ann"]}"#]

    /// Connects, and passes over what comes up to `here`.
    private func connected(
        _ query: String,
        layer: (any ChannelLayer & AnyObject)? = nil
    ) async throws -> ConsumerCommunicator {
        let client = client(query, layer: layer)
        try await client.connect()
        while try await map(client)["type"] != "here" {}
        return client
    }

    private func map(_ client: ConsumerCommunicator) async throws -> MessageMap {
        let text = try await client.nextText()
        guard case .map(let map) = try JSON.decode(Array(text.utf8).span) else { return [:] }
        return map
    }
}
