import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import Applications

/// What goes wrong with direct messages, and whom it concerns.
struct DirectFailureTests {
    private let rig = DirectRig()

    @Test("Names that break the rules, and those of other systems, are refused")
    func names() async throws {
        let names = [
            "a b", "é", ".", "..", "a\nb", "", String(repeating: "x", count: 91), "online_number", "counts",
        ]
        for name in names {
            for client in [rig.structured(name), rig.plain(name)] {
                try await client.connect()
                #expect(try await client.nextCloseCode() == .policyViolation, "\(name)")
            }
        }
        let longest = rig.structured(String(repeating: "x", count: 90))
        try await longest.connect()
        #expect(longest.closeCode == nil)
    }

    @Test("What breaks the rules is an error with the client's id; the connection stays, and nobody hears of it")
    func badInput() async throws {
        let bob = try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        for frame in ["hello", #"{"type": "shout"}"#, #"{"receiver": "bob"}"#] {
            try await ann.send(frame)
            let error = try await ann.next()
            #expect(Array(error.keys) == ["type", "text"])
            #expect(error["type"] == "error")
        }
        try await ann.send(#"{"receiver": "nobody", "message": "hi", "client": "c1"}"#)
        let unknown: MessageMap = [
            "type": "error", "client": "c1", "text": "That was not sent: nobody called nobody was ever here.",
        ]
        // Bob has come before Ann, so nothing else is said to her.
        #expect(try await ann.next() == unknown)
        try await ann.send(
            #"{"receiver": "bob", "message": "\#(String(repeating: "x", count: 8193))", "client": "c2"}"#
        )
        #expect(try await ann.next()["client"] == "c2")
        try await ann.settle()
        #expect(ann.closeCode == nil)
        #expect(try await bob.next() == ["type": "joined", "name": "ann"])
        #expect(await bob.receivesNothing())
        let binary = try await rig.connected("ann")
        try await binary.send([1])
        #expect(try await binary.nextCloseCode() == .unsupportedData)
        let plain = try await rig.connectedPlain("ann")
        for frame in ["hello", #"{"receiver": "nobody", "message": "hi"}"#, #"{"type": "ack", "ids": ["1-0"]}"#] {
            try await plain.send(frame)
            #expect(try await Array(plain.next().keys) == ["error"])
        }
        try await plain.send([1])
        #expect(try await plain.nextCloseCode() == .unsupportedData)
    }

    @Test("While the storage is away a message is an error, and may be sent again", arguments: [true, false])
    func storageAway(isRefused: Bool) async throws {
        let bob = try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        rig.inboxes.fail(1, with: isRefused ? .refused : .unavailable)
        let frame = #"{"receiver": "bob", "message": "hi", "client": "c1"}"#
        try await ann.send(frame)
        let error: MessageMap = [
            "type": "error", "client": "c1", "text": "That may not have been taken. Try again in a while.",
            "again": true,
        ]
        #expect(try await ann.next("error", "accepted") == error)
        try await ann.send(frame)
        #expect(try await ann.next("error", "accepted")["type"] == "accepted")
        let id = try #require(try await bob.next("message")["id"]?.stringValue)
        for frame in [
            #"{"type": "ack", "ids": ["\#(id)"]}"#, #"{"type": "read", "sender": "ann", "id": "\#(id)"}"#,
        ] {
            rig.inboxes.fail(1)
            try await bob.send(frame)
            #expect(try await bob.next("error")["client"] == nil)
        }
        #expect(bob.closeCode == nil)
        #expect(try await rig.unread("bob") == ["ann": 1])
    }

    @Test("What cannot be recorded is not accepted")
    func notRecorded() async throws {
        let layer = RefusingLayer(rig.layer, with: .unavailable)
        let (inboxes, lastSeen) = (rig.inboxes, rig.lastSeen)
        try await inboxes.open(UserName("bob"))
        let ann = ConsumerCommunicator(layer: layer, scope: Scope(path: "/", arguments: ["user": "ann"])) {
            try StructuredDirectMessages($0, inboxes: inboxes, lastSeen: lastSeen, media: NoMedia())
        }
        try await ann.connect()
        try await ann.send(#"{"receiver": "bob", "message": "hi", "client": "c1"}"#)
        #expect(try await ann.next("error", "accepted")["type"] == "error")
    }

    @Test("A receipt that cannot be recorded keeps the message in the inbox")
    func receiptNotRecorded() async throws {
        let layer = RefusingLayer(rig.layer, with: .unavailable)
        let (inboxes, lastSeen) = (rig.inboxes, rig.lastSeen)
        try await inboxes.open(UserName("bob"))
        let draft = DirectMessageDraft(
            sender: try UserName("ann"),
            receiver: try UserName("bob"),
            text: "hi",
            wantsReceipts: true
        )
        _ = try await inboxes.store(draft)
        let bob = ConsumerCommunicator(layer: layer, scope: Scope(path: "/", arguments: ["user": "bob"])) {
            try StructuredDirectMessages($0, inboxes: inboxes, lastSeen: lastSeen, media: NoMedia())
        }
        try await bob.connect()
        let id = try #require(try await bob.next("message")["id"]?.stringValue)
        try await bob.send(#"{"type": "ack", "ids": ["\#(id)"]}"#)
        _ = try await bob.next("error")
        #expect(try await rig.unread("bob") == ["ann": 1])
    }

    @Test("After a gap the inbox is opened and read on, again while the server is not quite back")
    func gap() async throws {
        for isPlain in [true, false] {
            let rig = DirectRig()
            let bob = isPlain ? try await rig.connectedPlain("bob") : try await rig.connected("bob")
            let draft = DirectMessageDraft(sender: try UserName("ann"), receiver: try UserName("bob"), text: "hi")
            _ = try await rig.inboxes.store(draft)
            #expect(await bob.receivesNothing())
            rig.inboxes.fail(2)
            bob.missMessages(in: ["direct.bob"])
            #expect(try await bob.next()["message"] == "hi")
            #expect(bob.closeCode == nil)
        }
        let ann = try await rig.connected("ann")
        ann.missMessages(in: ["direct"])
        for type in ["roll", "here", "seen"] { #expect(try await ann.next()["type"] == .string(type)) }
    }

    @Test("While the storage is away for long nobody is closed, and all comes afterwards", arguments: [true, false])
    func awayForLong(isPlain: Bool) async throws {
        let bob = isPlain ? try await rig.connectedPlain("bob") : try await rig.connected("bob")
        let ann = try await rig.connected("ann")
        // More than one round of attempts.
        rig.inboxes.fail(7, only: .page)
        for number in 1...40 { try await ann.send(#"{"receiver": "bob", "message": "\#(number)"}"#) }
        var heard: [MessageValue] = []
        while heard.count < 40 {
            if let text = try await bob.next()["message"] { heard.append(text) }
        }
        #expect(heard == (1...40).map { .string("\($0)") })
        #expect(bob.closeCode == nil)
    }

    @Test("What arrived at a plain client leaves the inbox, also if the storage is away for long just then")
    func acknowledgedAfterLong() async throws {
        rig.inboxes.fail(7, only: .acknowledgement)
        let bob = try await rig.connectedPlain("bob")
        let ann = try await rig.connected("ann")
        try await ann.send(#"{"receiver": "bob", "message": "hi"}"#)
        #expect(try await bob.next()["message"] == "hi")
        #expect(try await eventually { try await rig.unread("bob") == [:] })
        #expect(bob.closeCode == nil)
    }

    @Test("What plain users send to themselves comes once to each of their connections")
    func toOneself() async throws {
        let first = try await rig.connectedPlain("ann")
        let second = try await rig.connectedPlain("ann")
        for number in 1...2 { try await first.send(#"{"receiver": "ann", "message": "\#(number)"}"#) }
        for client in [first, second] {
            for number in 1...2 { #expect(try await client.next()["message"] == .string("\(number)")) }
            #expect(await client.receivesNothing())
        }
    }
}
