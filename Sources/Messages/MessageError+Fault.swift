extension MessageError {
    /// Which rule of its format an input breaks.
    public enum Fault: Sendable, Hashable {
        /// The input stops inside a value; at least this many bytes are missing.
        case endsEarly(missing: Int)
        /// More bytes follow the value.
        case trailingBytes(Int)
        /// A length or count that the rest of the input cannot hold, whatever the rest is.
        case lengthBeyondInput(declared: Int, remaining: Int)
        /// Arrays and maps stand deeper inside one another than ``DecodingLimits/nesting`` allows.
        case nestedTooDeep(limit: Int)
        /// Text that is not UTF-8.
        case invalidUTF8
        /// A MessagePack map key that is not a str; the byte is the key's first.
        case keyIsNotText(UInt8)
        /// Two keys of one map that are the same text to Unicode though their bytes differ.
        case keysLookAlike(String)
        /// A MessagePack extension type, timestamps included.
        case extensionType(Int8)
        /// The byte 0xC1, which MessagePack never uses.
        case reservedByte
        /// A byte that cannot stand here in JSON.
        case unexpectedByte(UInt8, expected: String)
        /// A JSON whole number below -2^63 or above 2^64 - 1.
        case integerOutOfRange
        /// Half of a surrogate pair, escaped in JSON text: it stands for no character.
        case loneSurrogate(UInt16)
    }
}

extension MessageError.Fault: CustomStringConvertible {
    /// The rule, and a hint where the cause is likely to lie elsewhere.
    public var description: String {
        switch self {
        case .endsEarly(let missing):
            "the input ends early, at least \(missing) more byte(s) must follow; was it cut off?"
        case .trailingBytes(let count):
            "\(count) byte(s) follow the value; does the sender use another serializer, a random prefix or encryption?"
        case .lengthBeyondInput(let declared, let remaining):
            "a length of \(declared) is declared but only \(remaining) byte(s) remain"
        case .nestedTooDeep(let limit):
            "arrays and maps are nested more than \(limit) levels deep; send flatter data or raise the limit"
        case .invalidUTF8:
            "text is not valid UTF-8; bytes must be sent as bin"
        case .keyIsNotText(let byte):
            "a map key must be a str, not the type \(hexadecimal(byte)); send its keys as text"
        case .keysLookAlike(let key):
            "the key \(key.excerpt) is there twice in different bytes; send keys in one Unicode normal form"
        case .extensionType(let code):
            "extension type \(code) is not supported; send numbers or text instead, also for a time"
        case .reservedByte:
            "0xc1 is no MessagePack type; does the sender use another serializer or encryption?"
        case .unexpectedByte(let byte, let expected):
            "found \(hexadecimal(byte)), expected \(expected)"
        case .integerOutOfRange:
            "whole numbers must lie from -2^63 to 2^64 - 1; send larger ones as text"
        case .loneSurrogate(let unit):
            "\\u\(String(unit, radix: 16)) is half of a surrogate pair and stands for no character"
        }
    }

    /// A byte as `0x0a`, with the character where it has a visible one.
    private func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        let number = "0x" + (digits.count < 2 ? "0" : "") + digits
        return (0x21...0x7E).contains(byte) ? "\(number) ('\(Character(Unicode.Scalar(byte)))')" : number
    }
}
