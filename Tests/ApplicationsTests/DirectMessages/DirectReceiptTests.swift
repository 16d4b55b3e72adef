import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import Applications

/// What senders hear of what became of their messages.
struct DirectReceiptTests {
    private let rig = DirectRig()

    @Test("Receipts reach all the sender's connections, delivered and then read, once each, and only if asked for")
    func receipts() async throws {
        let bob = try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        try await ann.send(#"{"receiver": "bob", "message": "plain"}"#)
        try await ann.send(#"{"receiver": "bob", "message": "asks", "receipt": true}"#)
        let silent = try #require(try await bob.next("message")["id"]?.stringValue)
        let asked = try await bob.next("message")
        #expect(asked["receipt"] == true)
        let id = try #require(asked["id"]?.stringValue)
        for _ in 0..<2 { try await bob.send(#"{"type": "delivered", "ids": ["\#(silent)", "\#(id)"]}"#) }
        var receipt = try await ann.next("receipt")
        #expect(Array(receipt.keys) == ["type", "stream", "id", "receiver", "of", "state"])
        #expect(receipt["stream"] == "receipt" && receipt["receiver"] == "bob" && receipt["state"] == "delivered")
        #expect(receipt["of"] == .string(id))
        // Delivered is not acknowledged.
        #expect(try await rig.unread("bob") == ["ann": 2])
        try await bob.send(#"{"type": "read", "sender": "ann", "id": "\#(id)"}"#)
        receipt = try await ann.next("receipt")
        #expect(receipt["of"] == .string(id) && receipt["state"] == "read")
        try await bob.settle()
        #expect(try await rig.unread("bob") == [:])
        #expect(await ann.receivesNothing())
        try await ann.send(#"{"receiver": "bob", "message": "more", "receipt": true}"#)
        let more = try #require(try await bob.next("message")["id"]?.stringValue)
        try await bob.send(#"{"type": "ack", "ids": ["\#(more)"]}"#)
        #expect(try await ann.next("receipt")["state"] == "delivered")
    }

    @Test("What a user reads at once is one receipt, that of the newest, and none comes again with the next")
    func readAtOnce() async throws {
        let bob = try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        var ids: [String] = []
        for (text, asks) in [("1", true), ("2", true), ("3", false), ("4", true)] {
            try await ann.send(#"{"receiver": "bob", "message": "\#(text)", "receipt": \#(asks)}"#)
            ids.append(try #require(try await bob.next("message")["id"]?.stringValue))
        }
        for (read, told) in [(2, 1), (3, 3)] {
            try await bob.send(#"{"type": "read", "sender": "ann", "id": "\#(ids[read])"}"#)
            let receipt = try await ann.next("receipt")
            #expect(receipt["of"] == .string(ids[told]) && receipt["state"] == "read")
        }
        try await bob.settle()
        #expect(await ann.receivesNothing())
    }

    @Test("However many receipts come, who comes is shown what the user has sent")
    func receiptsApart() async throws {
        let bob = try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        try await ann.send(#"{"receiver": "bob", "message": "mine"}"#)
        _ = try await bob.next("message")
        for number in 1...StructuredDirectMessages.recentlySent {
            try await ann.send(#"{"receiver": "ann", "message": "\#(number)", "receipt": true}"#)
            let id = try #require(try await ann.next("message")["id"]?.stringValue)
            if number > 1 { try await ann.send(#"{"type": "ack", "ids": ["\#(id)"]}"#) }
        }
        try await ann.settle()
        let tab = rig.structured("ann")
        try await tab.connect()
        // Fifty are shown: all but the first.
        #expect(try await tab.next("sent")["message"] == "1")
        var receipts = 0
        while try await tab.next("receipt", "seen")["type"] == "receipt" { receipts += 1 }
        #expect(receipts == StructuredDirectMessages.recentlySent - 1)
    }
}
