import Messages
import Testing

/// Errors tell an operator what is wrong, where, and what to do.
@Suite struct MessageErrorTests {
    @Test("an error in the input names the format, the place and the byte")
    func malformed() {
        let error = #expect(throws: MessageError.self) { try JSON.decode("[1 x]") }
        #expect(
            error?.description == "not valid JSON at byte 3: found 0x78 ('x'), expected a comma or a closing bracket"
        )
        let packed = #expect(throws: MessageError.self) { try MessagePack.decode([0x81, 0x01, 0x01]) }
        #expect(
            packed?.description
                == "not valid MessagePack at byte 1: a map key must be a str, not the type 0x01; send its keys as text"
        )
    }

    @Test("bytes in JSON are named by the nearest key above them")
    func bytesInJSON() {
        let value: MessageValue = ["a": ["b": 1, "file": [["c": 2], .bytes([1])]]]
        #expect(throws: MessageError.bytesInJSON(key: "file")) { try JSON.encode(value) }
        #expect(throws: MessageError.bytesInJSON(key: nil)) { try JSON.encode(.bytes([])) }
        #expect(
            MessageError.bytesInJSON(key: "file").description
                == "JSON cannot carry the bytes under \"file\": send them as text, such as base64, or use MessagePack"
        )
    }

    @Test("a key from a message cannot break a log line or fill it")
    func excerpts() {
        let key = "a\n" + String(repeating: "x", count: 10_000)
        for error in [.bytesInJSON(key: key), .malformed(.keysLookAlike(key), format: .json, offset: 0)]
            as [MessageError]
        {
            #expect(error.description.contains(#""a\nxx"#))
            #expect(error.description.count < 250)
        }
    }

    @Test("a value that is no message is named by what it is")
    func notAMessage() {
        #expect(MessageError.notAMap(found: "null").description.contains("not null"))
        #expect(MessageError.missingType.description.contains("\"type\""))
        #expect(MessageError.typeIsNotText(found: "an integer").description.contains("not an integer"))
    }
}
