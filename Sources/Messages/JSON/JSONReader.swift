/// Reads one value from JSON in UTF-8, front to back.
///
/// A span cannot be kept in a structure, so each step is handed the same one.
struct JSONReader {
    private let limits: DecodingLimits
    /// The next byte to read.
    var offset = 0
    private var depth = 0

    init(limits: DecodingLimits) {
        self.limits = limits
    }

    /// The input's only value.
    mutating func onlyValue(in bytes: Span<UInt8>) throws(MessageError) -> MessageValue {
        skipSpace(in: bytes)
        let value = try value(in: bytes)
        skipSpace(in: bytes)
        guard offset == bytes.count else { throw fault(.trailingBytes(bytes.count - offset), at: offset) }
        return value
    }

    private mutating func value(in bytes: Span<UInt8>) throws(MessageError) -> MessageValue {
        switch try peek(in: bytes) {
        case UInt8(ascii: "{"): return try map(in: bytes)
        case UInt8(ascii: "["): return try array(in: bytes)
        case UInt8(ascii: "\""): return .string(try text(in: bytes))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(in: bytes)
        case UInt8(ascii: "n"): return try word("null", meaning: .null, in: bytes)
        case UInt8(ascii: "t"): return try word("true", meaning: .bool(true), in: bytes)
        case UInt8(ascii: "f"): return try word("false", meaning: .bool(false), in: bytes)
        case UInt8(ascii: "N"): return try word("NaN", meaning: .double(.nan), in: bytes)
        case UInt8(ascii: "I"): return try word("Infinity", meaning: .double(.infinity), in: bytes)
        default: throw try unexpected(expected: "a value", in: bytes)
        }
    }

    mutating func word(
        _ word: StaticString,
        meaning value: MessageValue,
        in bytes: Span<UInt8>
    ) throws(MessageError) -> MessageValue {
        for letter in "\(word)".utf8 {
            guard skip(letter, in: bytes) else { throw try unexpected(expected: "\(word)", in: bytes) }
        }
        return value
    }
}

// MARK: Arrays and maps

extension JSONReader {
    private mutating func array(in bytes: Span<UInt8>) throws(MessageError) -> MessageValue {
        try enter(in: bytes)
        var elements: [MessageValue] = []
        var hasNext = !skip(UInt8(ascii: "]"), in: bytes)
        while hasNext {
            elements.append(try value(in: bytes))
            hasNext = try skipSeparator(orClosing: UInt8(ascii: "]"), "a comma or a closing bracket", in: bytes)
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func map(in bytes: Span<UInt8>) throws(MessageError) -> MessageValue {
        try enter(in: bytes)
        var map: MessageMap = [:]
        var hasNext = !skip(UInt8(ascii: "}"), in: bytes)
        while hasNext {
            let keyStart = offset
            let key = try key(in: bytes)
            guard map.setDecoded(try value(in: bytes), forKey: key) else {
                throw fault(.keysLookAlike(key), at: keyStart)
            }
            hasNext = try skipSeparator(orClosing: UInt8(ascii: "}"), "a comma or a closing brace", in: bytes)
        }
        depth -= 1
        return .map(map)
    }

    /// Goes one level deeper and steps over the bracket and the space behind it.
    private mutating func enter(in bytes: Span<UInt8>) throws(MessageError) {
        guard depth < limits.nesting else { throw fault(.nestedTooDeep(limit: limits.nesting), at: offset) }
        depth += 1
        offset += 1
        skipSpace(in: bytes)
    }

    /// A key, its colon and the space around it.
    private mutating func key(in bytes: Span<UInt8>) throws(MessageError) -> String {
        guard try peek(in: bytes) == UInt8(ascii: "\"") else { throw try unexpected(expected: "a key", in: bytes) }
        let key = try text(in: bytes)
        skipSpace(in: bytes)
        guard skip(UInt8(ascii: ":"), in: bytes) else { throw try unexpected(expected: "a colon", in: bytes) }
        skipSpace(in: bytes)
        return key
    }

    /// Steps over a comma or the closing bracket and the space around it; false when it was the bracket.
    private mutating func skipSeparator(
        orClosing bracket: UInt8,
        _ expected: String,
        in bytes: Span<UInt8>
    ) throws(MessageError) -> Bool {
        skipSpace(in: bytes)
        if skip(bracket, in: bytes) { return false }
        guard skip(UInt8(ascii: ","), in: bytes) else { throw try unexpected(expected: expected, in: bytes) }
        skipSpace(in: bytes)
        return true
    }
}

// MARK: Bytes

extension JSONReader {
    /// The byte that comes next, not stepped over.
    func peek(in bytes: Span<UInt8>) throws(MessageError) -> UInt8 {
        guard offset < bytes.count else { throw fault(.endsEarly(missing: 1), at: offset) }
        return bytes[offset]
    }

    /// Steps over the next byte if it is the wanted one.
    mutating func skip(_ wanted: UInt8, in bytes: Span<UInt8>) -> Bool {
        guard offset < bytes.count, bytes[offset] == wanted else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace(in bytes: Span<UInt8>) {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// The error for the byte that comes next, or for the end if none does.
    func unexpected(expected: String, in bytes: Span<UInt8>) throws(MessageError) -> MessageError {
        fault(.unexpectedByte(try peek(in: bytes), expected: expected), at: offset)
    }

    func fault(_ fault: MessageError.Fault, at offset: Int) -> MessageError {
        .malformed(fault, format: .json, offset: offset)
    }
}
