import ChannelLayers
import Messages
import Testing

@testable import Consumers

struct WorkerAnswerTests {
    @Test("Texts and bytes become frames; of the two, the one that is there")
    func frames() throws {
        #expect(try answer("websocket.send", ["text": "hi"]) == .send(.text("hi")))
        #expect(try answer("websocket.send", ["text": ""]) == .send(.text("")))
        #expect(try answer("websocket.send", ["bytes": .bytes([1, 2])]) == .send(.binary([1, 2])))
        #expect(try answer("websocket.send", ["text": nil, "bytes": .bytes([1])]) == .send(.binary([1])))
        #expect(try answer("websocket.send", ["text": "hi", "bytes": nil]) == .send(.text("hi")))
    }

    @Test("A send without anything to send is refused", arguments: [[:], ["text": 1], ["text": nil]] as [MessageMap])
    func nothingToSend(fields: MessageMap) {
        #expect(throws: NothingToSend()) { try answer("websocket.send", fields) }
        #expect(throws: NothingToSend()) {
            try WorkerConsumer.render(Message(type: "websocket.send", fields))
        }
    }

    @Test(
        "A close has code 1000 unless another is given, and 1011 for one that cannot be sent",
        arguments: [
            ([:], 1000), (["code": nil], 1000), (["code": 1001], 1001), (["code": 4999], 4999), (["code": 1006], 1011),
            (["code": 0], 1011), (["code": -1], 1011), (["code": 66_536], 1011), (["code": "4000"], 1011),
            (["code": 5000], 1011),
        ] as [(MessageMap, UInt16)]
    )
    func closeCodes(fields: MessageMap, code: UInt16) throws {
        #expect(try answer("websocket.close", fields) == .close(CloseCode(rawValue: code), reason: ""))
    }

    @Test("A close may have a reason")
    func reason() throws {
        #expect(try answer("websocket.close", ["reason": "done"]) == .close(.normal, reason: "done"))
        #expect(try answer("websocket.close", ["reason": nil]) == .close(.normal, reason: ""))
    }

    @Test("Groups are joined and left by their names; a bad name says what is wrong with it")
    func groups() throws {
        #expect(try answer("group.add", ["group": "blue"]) == .join("blue"))
        #expect(try answer("group.discard", ["group": "blue"]) == .leave("blue"))
        #expect(try answer("group.add", [:]) == .badGroup("group.add has no text 'group'"))
        #expect(try answer("group.discard", ["group": 3]) == .badGroup("group.discard has no text 'group'"))
        guard case .badGroup(let problem) = try answer("group.add", ["group": "a b"]) else {
            Issue.record("a bad name was taken")
            return
        }
        #expect(problem.hasPrefix(#"group name "a b" is not valid"#))
    }

    @Test("Frames are shared by all members, what concerns a connection is not, and other types are unknown")
    func rendering() throws {
        guard case .frame(.text("hi")) = try WorkerConsumer.render(Message(type: "websocket.send", ["text": "hi"]))
        else {
            Issue.record("no frame")
            return
        }
        for type in ["websocket.accept", "websocket.close", "group.add", "group.discard"] {
            guard case .personal = try WorkerConsumer.render(Message(type: type)) else {
                Issue.record("\(type) is not personal")
                continue
            }
        }
        for type in ["websocket.accepted", "websocket.connect", "number"] {
            guard case .unknown = try WorkerConsumer.render(Message(type: type)) else {
                Issue.record("\(type) is not unknown")
                continue
            }
        }
    }

    private func answer(_ type: String, _ fields: MessageMap) throws -> WorkerAnswer? {
        try WorkerAnswer(Message(type: type, fields))
    }
}
