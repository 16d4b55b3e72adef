import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import Applications

/// Direct messages for plain clients.
struct DirectMessagesTests {
    private let rig = DirectRig()

    @Test("A message reaches the receiver's connections and the sender's others, in the same JSON with the true name")
    func message() async throws {
        let bobs = [try await rig.connectedPlain("bob"), try await rig.connectedPlain("bob")]
        let ann = try await rig.connectedPlain("ann")
        let other = try await rig.connectedPlain("ann")
        try await ann.send(#"{"sender": "eve", "receiver": "bob", "message": "<b>hi</b>"}"#)
        for client in bobs + [other] {
            let text = try await client.nextText()
            #expect(text == #"{"sender": "ann", "receiver": "bob", "message": "<b>hi</b>"}"#)
        }
        try await ann.settle()
        #expect(await ann.receivesNothing())
    }

    @Test("A message with a client id is answered, each time with the same id")
    func accepted() async throws {
        let bob = try await rig.connectedPlain("bob")
        let ann = try await rig.connectedPlain("ann")
        var answers: [MessageMap] = []
        for _ in 0..<2 {
            try await ann.send(#"{"receiver": "bob", "message": "hi", "client": "c1"}"#)
            answers.append(try await ann.next())
        }
        #expect(answers[0] == answers[1])
        #expect(Array(answers[0].keys) == ["accepted", "id"])
        #expect(answers[0]["accepted"] == "c1")
        _ = try await bob.next()
        try await bob.settle()
        #expect(await bob.receivesNothing())
    }

    @Test("What waits comes first, and leaves the inbox once the client has answered a ping behind it")
    func waiting() async throws {
        try await rig.connectedPlain("bob").disconnect()
        let ann = try await rig.connected("ann")
        for number in 1...250 { try await ann.send(#"{"receiver": "bob", "message": "\#(number)", "receipt": true}"#) }
        for _ in 1...250 { _ = try await ann.next("accepted") }
        #expect(try await rig.unread("bob") == ["ann": 250])
        let bob = try await rig.connectedPlain("bob")
        for number in 1...250 { #expect(try await bob.next()["message"] == .string("\(number)")) }
        for _ in 1...250 { #expect(try await ann.next("receipt")["state"] == "delivered") }
        try await bob.settle()
        #expect(try await rig.unread("bob") == [:])
        try await bob.disconnect()
        let again = try await rig.connectedPlain("bob")
        #expect(await again.receivesNothing())
    }

    @Test("Both wires of one user see the same, and what a plain client has got is unread for none")
    func bothWires() async throws {
        let structured = try await rig.connected("bob")
        let plain = try await rig.connectedPlain("bob")
        let ann = try await rig.connectedPlain("ann")
        try await ann.send(#"{"receiver": "bob", "message": "hi"}"#)
        #expect(try await plain.next()["message"] == "hi")
        #expect(try await structured.next("message")["message"] == "hi")
        try await plain.settle()
        #expect(try await rig.unread("bob") == [:])
        try await structured.send(#"{"receiver": "ann", "message": "yes"}"#)
        #expect(try await plain.next() == ["sender": "bob", "receiver": "ann", "message": "yes"])
        #expect(try await ann.next()["message"] == "yes")
    }

    @Test("A message to oneself arrives")
    func toOneself() async throws {
        let ann = try await rig.connectedPlain("ann")
        try await ann.send(#"{"receiver": "ann", "message": "note"}"#)
        #expect(try await ann.next()["message"] == "note")
    }

    @Test("Every message of the layer has a place on both wires")
    func rendering() throws {
        for type in [
            DirectAnnouncement.arrived, DirectAnnouncement.unread, DirectAnnouncement.sent, DirectAnnouncement.receipt,
            "direct.online", "direct.offline", Message.historyGap.type, Message.historyCaughtUp.type,
        ] {
            for rendering in [
                try DirectMessages.render(Message(type: type)),
                try StructuredDirectMessages.render(Message(type: type)),
            ] {
                if case .unknown = rendering { Issue.record("\(type) is unknown") }
            }
        }
        for rendering in [
            try DirectMessages.render(Message(type: "x")), try StructuredDirectMessages.render(Message(type: "x")),
        ] {
            if case .unknown = rendering {} else { Issue.record("x is known") }
        }
    }
}
