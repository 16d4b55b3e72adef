import Messages
import Testing

/// A message is a map with a text type, and keeps its order.
@Suite struct MessageTests {
    @Test("the type comes first and the other fields follow in order")
    func order() {
        let message = Message(type: "chat.message", ["b": 1, "a": 2])
        #expect(message.type == "chat.message")
        #expect(Array(message.fields.keys) == ["type", "b", "a"])
        #expect(message["b"] == 1)
        #expect(message["type"] == "chat.message")
        #expect(message["absent"] == nil)
    }

    @Test("a type among the fields does not override the type")
    func typeAmongFields() {
        let message = Message(type: "real", ["a": 1, "type": "other"])
        #expect(message.type == "real")
        #expect(message.fields == ["type": "real", "a": 1])
    }

    @Test("a map is taken in its own order")
    func fromMap() throws {
        let message = try Message(["a": 1, "type": "t"] as MessageMap)
        #expect(message.type == "t")
        #expect(Array(message.fields.keys) == ["a", "type"])
        #expect(try message.json() == #"{"a": 1, "type": "t"}"#)
    }

    @Test("what has no text type is no message")
    func notMessages() {
        #expect(throws: MessageError.missingType) { try Message(["a": 1] as MessageMap) }
        #expect(throws: MessageError.typeIsNotText(found: "bytes")) { try Message(["type": .bytes([])] as MessageMap) }
        #expect(throws: MessageError.notAMap(found: "an array")) { try Message(messagePack: [0x90]) }
        #expect(throws: MessageError.notAMap(found: "null")) { try Message(json: "null") }
        #expect(throws: MessageError.missingType) { try Message(json: "{}") }
        #expect(throws: MessageError.typeIsNotText(found: "an integer")) { try Message(json: #"{"type": 1}"#) }
    }

    @Test("limits reach the decoders")
    func limits() {
        let limits = DecodingLimits(nesting: 1)
        let message = Message(type: "t", ["a": []])
        #expect(throws: MessageError.malformed(.nestedTooDeep(limit: 1), format: .messagePack, offset: 10)) {
            try Message(messagePack: message.messagePack(), limits: limits)
        }
        #expect(throws: MessageError.malformed(.nestedTooDeep(limit: 1), format: .json, offset: 19)) {
            try Message(json: try message.json(), limits: limits)
        }
    }
}
