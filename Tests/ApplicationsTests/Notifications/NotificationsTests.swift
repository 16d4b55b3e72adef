import Applications
import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

/// The plain wire: what the original page hears.
struct NotificationsTests {
    private let layer = InMemoryChannelLayer(
        histories: HistoryLimits([("message.*", HistoryLimit(count: 3, age: .seconds(3600)))])
    )

    private func client(_ user: String = "ann", query: String = "") -> ConsumerCommunicator {
        let scope = Scope(path: "/message/\(user)/stream/", query: query, arguments: ["user": user])
        return ConsumerCommunicator(layer: layer, scope: scope) { try Notifications($0) }
    }

    private func connect(_ user: String = "ann", query: String = "") async throws -> ConsumerCommunicator {
        let client = client(user, query: query)
        try await client.connect()
        return client
    }

    @Test("Every window of a user gets the text as it is, and bytes as they are; other users get nothing")
    func delivery() async throws {
        let windows = [try await connect(), try await connect()]
        let other = try await connect("bob")
        let json = #"{"title":  "Zoë <b>🦊</b>", "n": 1.0}"#
        try await layer.groupSend(Message(type: "websocket.send", ["text": .string(json)]), to: "message.ann")
        try await layer.groupRecord(Message(type: "websocket.send", ["bytes": .bytes([0, 255])]), to: "message.ann")
        for window in windows {
            #expect(try await window.nextFrame() == .text(json))
            #expect(try await window.nextFrame() == .binary([0, 255]))
        }
        #expect(await other.receivesNothing())
        #expect(try await layer.groupCount("message.ann") == 2)
        #expect(try await layer.groupCount("notifications") == 3)
    }

    @Test("A client that passes the last id it has seen gets what came after it first; one that passes none does not")
    func replay() async throws {
        var ids: [MessageID] = []
        for text in ["one", "two", "three"] {
            let message = Message(type: "websocket.send", ["text": .string(text)])
            ids.append(try #require(try await layer.groupRecord(message, to: "message.ann")))
        }
        let back = try await connect(query: "last=\(ids[0])")
        let new = try await connect()
        #expect(try await back.nextText() == "two")
        #expect(try await back.nextText() == "three")
        for client in [back, new] { #expect(await client.receivesNothing()) }
    }

    @Test("Where messages are missing this wire says nothing, and sends what there is")
    func silentGap() async throws {
        try await layer.groupRecord(Message(type: "websocket.send", ["text": "kept"]), to: "message.ann")
        let client = try await connect(query: "last=1-1")
        #expect(try await client.nextText() == "kept")
        #expect(await client.receivesNothing())
    }

    @Test("What clients send is ignored, and what is no notification is not shown")
    func ignored() async throws {
        let client = try await connect()
        try await client.send("hello")
        try await client.send([1])
        try await layer.groupSend(Message(type: "chat.message", ["text": "hello"]), to: "message.ann")
        try await layer.groupSend(Message(type: "websocket.send"), to: "message.ann")
        #expect(await client.receivesNothing())
        #expect(client.closeCode == nil)
    }

    @Test(
        "Names and ids that break the rules are closed with 1008",
        arguments: [
            ("", ""), ("no spaces", ""), ("zoë", ""), ("a!b", ""), (String(repeating: "a", count: 92), ""),
            ("ann", "last=x"), ("ann", "last=1"), ("ann", "last=1-x"), ("ann", "last=-1-1"),
            ("ann", "last=99999999999999999999-0"), ("ann", "last=%FF"), (".", ""), ("..", ""),
        ]
    )
    func badInput(user: String, query: String) async throws {
        let neighbour = try await connect()
        let client = client(user, query: query)
        try? await client.connect()
        #expect(try await client.nextCloseCode() == .policyViolation)
        #expect(client.groups.isEmpty)
        #expect(neighbour.closeCode == nil)
    }

    @Test("The longest name is good, and an empty last id is none")
    func limits() async throws {
        #expect(try await connect(String(repeating: "a", count: 91), query: "last=").closeCode == nil)
    }
}
