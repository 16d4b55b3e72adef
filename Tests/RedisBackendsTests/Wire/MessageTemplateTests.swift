import ChannelLayers
import Messages
import RedisBackends
import Testing

struct MessageTemplateTests {
    @Test(
        "Head, text and tail are the message's encoding with the field last, short or long",
        arguments: [3, 31, 32, 41]
    )
    func whole(_ length: Int) throws {
        let message = Message(type: "t", ["id": "old", "text": "größe \"n\"", "list": [1, ["x": nil]]])
        let text = String(repeating: "7", count: length)
        let filled = Message(type: "t", ["text": "größe \"n\"", "list": [1, ["x": nil]], "id": .string(text)])
        let packed = try #require(try WireFormat().template(message, openAt: "id"))
        // What the script does.
        let header = length < 32 ? [0xA0 + UInt8(length)] : [0xD9, UInt8(length)]
        #expect(try packed.head + header + Array(text.utf8) + packed.tail == WireFormat().encode(filled))
        let json = WireFormat(serializer: .json)
        let open = try #require(try json.template(message, openAt: "id"))
        #expect(try open.head + Array(text.utf8) + open.tail == json.encode(filled))
    }

    @Test("JSON refuses bytes, and what is encrypted cannot be filled in")
    func refused() throws {
        let message = Message(type: "t", ["bytes": .bytes([1])])
        #expect(throws: MessageError.self) { try WireFormat(serializer: .json).template(message, openAt: "id") }
        #expect(try WireFormat(encryptionKeys: ["key"]).template(message, openAt: "id") == nil)
    }
}
