import Applications
import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

/// The wire of `muster.v1`.
struct StructuredNotificationsTests {
    private let layer = InMemoryChannelLayer(
        histories: HistoryLimits([("message.*", HistoryLimit(count: 3, age: .seconds(3600)))])
    )

    private func connect(query: String = "") async throws -> ConsumerCommunicator {
        let scope = Scope(path: "/message/ann/stream/", query: query, arguments: ["user": "ann"])
        let client = ConsumerCommunicator(layer: layer, scope: scope) { try StructuredNotifications($0) }
        try await client.connect()
        return client
    }

    private func record(_ text: String) async throws -> MessageID {
        let message = Message(type: "websocket.send", ["text": .string(text)])
        return try #require(try await layer.groupRecord(message, to: "message.ann"))
    }

    private func frame(_ id: MessageID, _ text: String) -> String {
        #"{"type": "message", "id": "\#(id)", "text": "\#(text)"}"#
    }

    private func position(_ id: MessageID) -> String {
        #"{"type": "position", "id": "\#(id)"}"#
    }

    @Test("A new client hears where it begins, then each message with its id, bytes in base64")
    func new() async throws {
        let before = try await record("before")
        let client = try await connect()
        #expect(try await client.nextText() == position(before))
        let id = try await record("hello")
        #expect(try await client.nextText() == frame(id, "hello"))
        let bytes = try await layer.groupRecord(
            Message(type: "websocket.send", ["bytes": .bytes([0, 255])]),
            to: "message.ann"
        )
        let second = try #require(bytes)
        #expect(try await client.nextText() == #"{"type": "message", "id": "\#(second)", "base64": "AP8="}"#)
        // What is not recorded has no id.
        try await layer.groupSend(Message(type: "websocket.send", ["text": "now"]), to: "message.ann")
        #expect(try await client.nextText() == #"{"type": "message", "text": "now"}"#)
        #expect(await client.receivesNothing())
    }

    @Test("What is sent while a client is away reaches it, even if nothing had come before")
    func away() async throws {
        let first = try await connect()
        let end = try #require(try await layer.historyEnd(of: "message.ann"))
        #expect(end != .zero)
        #expect(try await first.nextText() == position(end))
        try await first.disconnect()
        let ids = [try await record("one"), try await record("two")]
        let second = try await connect(query: "last=\(end)")
        #expect(try await second.nextText() == frame(ids[0], "one"))
        #expect(try await second.nextText() == frame(ids[1], "two"))
        #expect(try await second.nextText() == position(ids[1]))
        try await second.disconnect()
        let third = try await connect(query: "last=\(ids[1])")
        #expect(try await third.nextText() == position(ids[1]))
        #expect(await third.receivesNothing())
        let id = try await record("three")
        #expect(try await third.nextText() == frame(id, "three"))
    }

    @Test("A history that was deleted before anything came is a gap to those who knew where it began")
    func deleted() async throws {
        let first = try await connect()
        _ = try await first.nextText()
        let end = try #require(try await layer.historyEnd(of: "message.ann"))
        try await first.disconnect()
        _ = try await record("lost")
        try await layer.flush()
        let second = try await connect(query: "last=\(end)")
        #expect(try await second.nextText() == #"{"type": "gap"}"#)
        // From where it goes on: the next time there is no gap.
        let begin = try #require(try await layer.historyEnd(of: "message.ann"))
        #expect(try await second.nextText() == position(begin))
        #expect(await second.receivesNothing())
        try await second.disconnect()
        let third = try await connect(query: "last=\(begin)")
        #expect(try await third.nextText() == position(begin))
    }

    @Test("Without a history there is no position, and whoever comes with one is told of a gap")
    func nothingKept() async throws {
        let plain = InMemoryChannelLayer()
        for (query, expected) in [("", nil), ("last=0-0", #"{"type": "gap"}"#), ("last=1-1", #"{"type": "gap"}"#)] {
            let scope = Scope(path: "/message/ann/stream/", query: query, arguments: ["user": "ann"])
            let client = ConsumerCommunicator(layer: plain, scope: scope) { try StructuredNotifications($0) }
            try await client.connect()
            if let expected { #expect(try await client.nextText() == expected) }
            #expect(await client.receivesNothing(for: .milliseconds(20)))
            try await plain.groupRecord(Message(type: "websocket.send", ["text": "now"]), to: "message.ann")
            #expect(try await client.nextText() == #"{"type": "message", "text": "now"}"#)
            try await client.disconnect()
        }
    }

    @Test("More messages than are kept, or an id that never was: a gap, then all there is")
    func gap() async throws {
        let first = try await record("0")
        var ids: [MessageID] = []
        for number in 1...4 { ids.append(try await record("\(number)")) }
        for last in ["\(first)", "5-5", "99999999999999-0", "18446744073709551615-18446744073709551615"] {
            let client = try await connect(query: "last=\(last)")
            #expect(try await client.nextText() == #"{"type": "gap"}"#)
            for number in 2...4 { #expect(try await client.nextText() == frame(ids[number - 1], "\(number)")) }
            #expect(try await client.nextText() == position(ids[3]))
            #expect(await client.receivesNothing(for: .milliseconds(10)))
        }
    }

    @Test("After a front has caught up, what was only sent may be missing: a gap")
    func caughtUp() async throws {
        let client = try await connect()
        _ = try await client.nextText()
        layer.localGroupSend(.historyCaughtUp, to: "message.ann")
        #expect(try await client.nextText() == #"{"type": "gap"}"#)
    }

    @Test("A break between the front and its server is a gap to those whose group it concerns")
    func missed() async throws {
        let client = try await connect()
        _ = try await client.nextText()
        client.missMessages(in: ["notifications"])
        client.missMessages(in: ["message.ann"])
        #expect(try await client.nextText() == #"{"type": "gap"}"#)
        #expect(await client.receivesNothing())
    }

    @Test("A last id that is none is closed with 1008")
    func badPosition() async throws {
        let scope = Scope(path: "/", query: "last=yesterday", arguments: ["user": "ann"])
        let client = ConsumerCommunicator(layer: layer, scope: scope) { try StructuredNotifications($0) }
        try? await client.connect()
        #expect(try await client.nextCloseCode() == .policyViolation)
    }
}
