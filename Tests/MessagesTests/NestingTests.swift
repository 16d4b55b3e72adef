import Messages
import Testing

/// Arrays and maps inside one another are read up to the limit, in both formats.
@Suite struct NestingTests {
    @Test("as deep as the limit is read, one level more is refused", arguments: [1, 2, 64, 512])
    func limit(_ nesting: Int) throws {
        let limits = DecodingLimits(nesting: nesting)
        let tooDeep = MessageError.Fault.nestedTooDeep(limit: nesting)
        for (open, close) in [("[", "]"), ("{\"\":", "}")] {
            let closing = String(repeating: close, count: nesting)
            let text = String(repeating: open, count: nesting) + "0" + closing
            let value = try JSON.decode(text, limits: limits)
            let bytes = MessagePack.encode(value)
            #expect(try MessagePack.decode(bytes, limits: limits) == value)

            let opening = String(repeating: open, count: nesting)
            let deeper = opening + open + "0" + close + closing
            #expect(throws: MessageError.malformed(tooDeep, format: .json, offset: opening.utf8.count)) {
                try JSON.decode(deeper, limits: limits)
            }
            let head = bytes.dropLast()
            let deeperBytes = Array(head) + (open == "[" ? [0x91, 0x00] : [0x81, 0xA0, 0x00])
            #expect(throws: MessageError.malformed(tooDeep, format: .messagePack, offset: head.count)) {
                try MessagePack.decode(deeperBytes, limits: limits)
            }
        }
    }

    @Test("64 levels are the default")
    func defaultLimit() {
        #expect(DecodingLimits.default.nesting == 64)
        #expect(throws: Never.self) { try MessagePack.decode([UInt8](repeating: 0x91, count: 64) + [0xC0]) }
        #expect(throws: MessageError.malformed(.nestedTooDeep(limit: 64), format: .messagePack, offset: 64)) {
            try MessagePack.decode([UInt8](repeating: 0x91, count: 65) + [0xC0])
        }
    }

    @Test("arrays beside one another do not add up")
    func siblings() throws {
        let text = "[" + Array(repeating: "[[], {\"a\": {}}]", count: 200).joined(separator: ",") + "]"
        let value = try JSON.decode(text, limits: DecodingLimits(nesting: 4))
        #expect(try MessagePack.decode(MessagePack.encode(value), limits: DecodingLimits(nesting: 4)) == value)
    }

    @Test("a limit out of range moves to the nearer end", arguments: [(-5, 1), (0, 1), (513, 512), (Int.max, 512)])
    func clamped(_ nesting: Int, to expected: Int) {
        #expect(DecodingLimits(nesting: nesting).nesting == expected)
    }

    @Test("an endless run of opening brackets is refused, not followed")
    func endlessBrackets() {
        let limits = DecodingLimits(nesting: .max)
        #expect(throws: MessageError.self) {
            try MessagePack.decode(.init(repeating: 0x91, count: 1_000_000), limits: limits)
        }
        #expect(throws: MessageError.self) { try JSON.decode(String(repeating: "[", count: 1_000_000), limits: limits) }
    }
}
