import ChannelLayers
import Messages
import RedisBackends
import Testing

@Suite struct CountTemplateTests {
    private static let shapes = [
        CountMessage(type: "number", field: "message"),
        CountMessage(type: String(repeating: "t", count: 300), field: "größe \"n\""),
    ]

    @Test(
        "head, digits and tail are the whole message's encoding, for any count",
        arguments: ["0", "9", "10", "99999", String(Int.max), String(repeating: "7", count: 31)]
    )
    func whole(_ count: String) throws {
        let digits = Array(count.utf8)
        for shape in Self.shapes {
            let message = Message(type: shape.type, [shape.field: .string(count)])
            if let number = Int(count) { #expect(shape.message(count: number) == message) }

            let packed = try #require(WireFormat().countTemplate(for: shape))
            #expect(packed.kind == .messagePack)
            // What the script does: a text of fewer than 32 bytes is 0xa0 + length, text.
            let header = [0xA0 + UInt8(digits.count)]
            #expect(try packed.head + header + digits + packed.tail == WireFormat().encode(message))

            let json = WireFormat(serializer: .json)
            let text = try #require(json.countTemplate(for: shape))
            #expect(text.kind == .json)
            #expect(try text.head + digits + text.tail == json.encode(message))
        }
    }

    @Test("JSON is cut open between the quotes")
    func parts() throws {
        let template = try #require(WireFormat(serializer: .json).countTemplate(for: Self.shapes[0]))
        #expect(String(decoding: template.head, as: UTF8.self) == #"{"type": "number", "message": ""#)
        #expect(String(decoding: template.tail, as: UTF8.self) == #""}"#)
    }

    @Test("a script can neither encrypt nor count where there is no place for it")
    func none() {
        for format in formats {
            #expect((format.countTemplate(for: Self.shapes[0]) == nil) == format.isEncrypted)
            #expect(format.countTemplate(for: CountMessage(type: "number", field: "type")) == nil)
        }
    }
}
