import Messages
import Testing

/// Bad MessagePack gets an error that says what is wrong and where.
@Suite struct MessagePackMalformedTests {
    @Test(
        "an input that stops inside a number or before a value ends early",
        arguments: [
            ([], 1), ([0xCC], 1), ([0xCD, 0x01], 1), ([0xD2], 4), ([0xCB, 0, 0], 6), ([0xDD, 0, 0], 2), ([0xC7, 3], 1),
            ([0xD4], 1),
        ] as [([UInt8], Int)]
    )
    func endsEarly(_ bytes: [UInt8], missing: Int) {
        #expect(fault(in: bytes) == .malformed(.endsEarly(missing: missing), format: .messagePack, offset: bytes.count))
    }

    @Test(
        "a length or count that the rest cannot hold is refused at its type byte",
        arguments: [
            ([0xA2, 0x61], 2, 1),
            ([0xD9, 0xFF, 0x61], 255, 1),
            ([0xDA, 0xFF, 0xFF], 65_535, 0),
            ([0xDB, 0xFF, 0xFF, 0xFF, 0xFF, 0x61], 4_294_967_295, 1),
            ([0xC4, 1], 1, 0),
            ([0xC5, 1, 0, 9], 256, 1),
            ([0xC6, 0xFF, 0xFF, 0xFF, 0xFF], 4_294_967_295, 0),
            ([0x91], 1, 0),
            ([0xDC, 0, 2, 1], 2, 1),
            ([0xDD, 0xFF, 0xFF, 0xFF, 0xFF, 1], 4_294_967_295, 1),
            ([0x81, 0xA0], 1, 1),
            ([0xDE, 0, 2, 0xA0, 1, 0xA1], 2, 3),
            ([0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xA0, 1], 4_294_967_295, 2),
        ] as [([UInt8], Int, Int)]
    )
    func lengthBeyondInput(_ bytes: [UInt8], declared: Int, remaining: Int) {
        let expected = MessageError.Fault.lengthBeyondInput(declared: declared, remaining: remaining)
        #expect(fault(in: bytes) == .malformed(expected, format: .messagePack, offset: 0))
    }

    @Test("arrays that each declare all the rest, inside one another, are refused in the end")
    func nestedClaims() {
        var bytes: [UInt8] = []
        let total = 100_000
        for _ in 0..<64 {
            let rest = UInt32(total - bytes.count - 5)
            bytes += [0xDD] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: rest >> ($0 * 8)) }
        }
        bytes += [UInt8](repeating: 0, count: total - bytes.count)
        #expect(fault(in: bytes) == .malformed(.endsEarly(missing: 1), format: .messagePack, offset: total))
    }

    @Test(
        "every extension type is refused, whatever its length",
        arguments: [
            ([0xC7, 0, 7], 7), ([0xC8, 0, 1, 0x80, 0], -128), ([0xC9, 0, 0, 0, 1, 127, 0], 127), ([0xD4, 1, 0], 1),
            ([0xD5, 2, 0, 0], 2), ([0xD6, 0xFF, 0, 0, 0, 0], -1), ([0xD7, 0xFF], -1), ([0xD8, 3], 3),
        ] as [([UInt8], Int8)]
    )
    func extensionTypes(_ bytes: [UInt8], code: Int8) {
        #expect(fault(in: bytes) == .malformed(.extensionType(code), format: .messagePack, offset: 0))
    }

    @Test(
        "a map key that is not a str is refused before it is read",
        arguments: [
            0x01, 0x80, 0x90, 0xC0, 0xC2, 0xC4, 0xCB, 0xD4, 0xE0,
        ] as [UInt8]
    )
    func keys(_ type: UInt8) {
        #expect(fault(in: [0x81, type, 0x01]) == .malformed(.keyIsNotText(type), format: .messagePack, offset: 1))
    }

    @Test("keys that are one text in two normal forms are refused rather than one value lost")
    func keysThatLookAlike() {
        let bytes: [UInt8] = [0x82, 0xA2, 0xC3, 0xA9, 0x01, 0xA3, 0x65, 0xCC, 0x81, 0x02]
        #expect(fault(in: bytes) == .malformed(.keysLookAlike("e\u{301}"), format: .messagePack, offset: 5))
    }

    @Test("invalid UTF-8 is refused where it begins, in values and in keys")
    func invalidUTF8() {
        #expect(fault(in: [0xA3, 0x61, 0xC3, 0x28]) == .malformed(.invalidUTF8, format: .messagePack, offset: 2))
        #expect(fault(in: [0x81, 0xA1, 0xFF, 0x01]) == .malformed(.invalidUTF8, format: .messagePack, offset: 2))
        #expect(fault(in: [0xA3, 0xED, 0xA0, 0x80]) == .malformed(.invalidUTF8, format: .messagePack, offset: 1))
        #expect(fault(in: [0xA2, 0xC0, 0x80]) == .malformed(.invalidUTF8, format: .messagePack, offset: 1))
    }

    @Test("bytes behind the value and the unused type byte are refused")
    func strayBytes() {
        #expect(fault(in: [0x01, 0x02, 0x03]) == .malformed(.trailingBytes(2), format: .messagePack, offset: 1))
        #expect(fault(in: [0x91, 0xC1]) == .malformed(.reservedByte, format: .messagePack, offset: 1))
    }

    @Test("a duplicate key keeps its first place and its last value")
    func duplicateKeys() throws {
        let bytes: [UInt8] = [0x83, 0xA1, 0x61, 0x01, 0xA1, 0x62, 0x02, 0xA1, 0x61, 0x03]
        #expect(try MessagePack.decode(bytes) == ["a": 3, "b": 2])
    }

    private func fault(in bytes: [UInt8]) -> MessageError? {
        #expect(throws: MessageError.self) { try MessagePack.decode(bytes) }
    }
}
