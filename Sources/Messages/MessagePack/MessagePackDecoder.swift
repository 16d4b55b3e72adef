/// Reads one value from MessagePack, front to back.
///
/// A span cannot be kept in a structure, so each step is handed the same one.
struct MessagePackDecoder {
    private let limits: DecodingLimits
    private var offset = 0
    private var depth = 0

    init(limits: DecodingLimits) {
        self.limits = limits
    }

    /// The input's only value.
    mutating func onlyValue(in bytes: Span<UInt8>) throws(MessageError) -> MessageValue {
        let value = try value(in: bytes)
        guard offset == bytes.count else { throw fault(.trailingBytes(bytes.count - offset), at: offset) }
        return value
    }

    private mutating func value(in bytes: Span<UInt8>) throws(MessageError) -> MessageValue {
        let start = offset
        let type = try byte(in: bytes)
        switch type {
        case 0x00...0x7F: return .integer(Int64(type))
        case 0x80...0x8F: return try map(count: Int(type & 0x0F), in: bytes, at: start)
        case 0x90...0x9F: return try array(count: Int(type & 0x0F), in: bytes, at: start)
        case 0xA0...0xBF, 0xD9...0xDB: return .string(try text(type: type, in: bytes, at: start))
        case 0xC0: return .null
        case 0xC1: throw fault(.reservedByte, at: start)
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4: return .bytes(try binary(count: Int(try number(UInt8.self, in: bytes)), in: bytes, at: start))
        case 0xC5: return .bytes(try binary(count: Int(try number(UInt16.self, in: bytes)), in: bytes, at: start))
        case 0xC6: return .bytes(try binary(count: Int(try number(UInt32.self, in: bytes)), in: bytes, at: start))
        case 0xCA: return .double(Double(Float(bitPattern: try number(UInt32.self, in: bytes))))
        case 0xCB: return .double(Double(bitPattern: try number(UInt64.self, in: bytes)))
        case 0xCC: return .integer(Int64(try number(UInt8.self, in: bytes)))
        case 0xCD: return .integer(Int64(try number(UInt16.self, in: bytes)))
        case 0xCE: return .integer(Int64(try number(UInt32.self, in: bytes)))
        case 0xCF: return .integer(canonical: try number(UInt64.self, in: bytes))
        case 0xD0: return .integer(Int64(try number(Int8.self, in: bytes)))
        case 0xD1: return .integer(Int64(try number(Int16.self, in: bytes)))
        case 0xD2: return .integer(Int64(try number(Int32.self, in: bytes)))
        case 0xD3: return .integer(try number(Int64.self, in: bytes))
        case 0xC7...0xC9, 0xD4...0xD8: throw try extensionFault(type: type, in: bytes, at: start)
        case 0xDC: return try array(count: Int(try number(UInt16.self, in: bytes)), in: bytes, at: start)
        case 0xDD: return try array(count: Int(try number(UInt32.self, in: bytes)), in: bytes, at: start)
        case 0xDE: return try map(count: Int(try number(UInt16.self, in: bytes)), in: bytes, at: start)
        case 0xDF: return try map(count: Int(try number(UInt32.self, in: bytes)), in: bytes, at: start)
        default: return .integer(Int64(Int8(bitPattern: type)))  // 0xE0 and up: -32 to -1
        }
    }
}

// MARK: Arrays and maps

extension MessagePackDecoder {
    /// How many elements are given room before they are read.
    ///
    /// Arrays that each declare the whole rest of the input can stand inside one another, so even a possible count is
    /// believed only this far; beyond it the array grows as elements arrive.
    private static let reservedElements = 256

    private mutating func array(
        count: Int,
        in bytes: Span<UInt8>,
        at start: Int
    ) throws(MessageError) -> MessageValue {
        try enter(declaring: count, ofBytes: 1, in: bytes, at: start)
        var elements: [MessageValue] = []
        elements.reserveCapacity(min(count, Self.reservedElements))
        for _ in 0..<count {
            elements.append(try value(in: bytes))
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func map(
        count: Int,
        in bytes: Span<UInt8>,
        at start: Int
    ) throws(MessageError) -> MessageValue {
        try enter(declaring: count, ofBytes: 2, in: bytes, at: start)
        var map = MessageMap(minimumCapacity: min(count, Self.reservedElements))
        for _ in 0..<count {
            let keyStart = offset
            let key = try key(in: bytes)
            guard map.setDecoded(try value(in: bytes), forKey: key) else {
                throw fault(.keysLookAlike(key), at: keyStart)
            }
        }
        depth -= 1
        return .map(map)
    }

    /// Goes one level deeper, if the limit allows it and the input can hold that many elements of at least that size.
    private mutating func enter(
        declaring count: Int,
        ofBytes size: Int,
        in bytes: Span<UInt8>,
        at start: Int
    ) throws(MessageError) {
        guard depth < limits.nesting else { throw fault(.nestedTooDeep(limit: limits.nesting), at: start) }
        let remaining = bytes.count - offset
        guard count <= remaining / size else {
            throw fault(.lengthBeyondInput(declared: count, remaining: remaining), at: start)
        }
        depth += 1
    }

    private mutating func key(in bytes: Span<UInt8>) throws(MessageError) -> String {
        let start = offset
        let type = try byte(in: bytes)
        switch type {
        case 0xA0...0xBF, 0xD9...0xDB: return try text(type: type, in: bytes, at: start)
        default: throw fault(.keyIsNotText(type), at: start)
        }
    }
}

// MARK: Text, bytes and numbers

extension MessagePackDecoder {
    /// The text whose type byte, one of the str family, has just been read.
    private mutating func text(
        type: UInt8,
        in bytes: Span<UInt8>,
        at start: Int
    ) throws(MessageError) -> String {
        let count =
            switch type {
            case 0xD9: Int(try number(UInt8.self, in: bytes))
            case 0xDA: Int(try number(UInt16.self, in: bytes))
            case 0xDB: Int(try number(UInt32.self, in: bytes))
            default: Int(type & 0x1F)
            }
        let range = try take(count, in: bytes, at: start)
        do {
            return String(copying: try UTF8Span(validating: bytes.extracting(range)))
        } catch {
            throw fault(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    private mutating func binary(
        count: Int,
        in bytes: Span<UInt8>,
        at start: Int
    ) throws(MessageError) -> [UInt8] {
        let range = try take(count, in: bytes, at: start)
        // The pointer lives only while the array copies from it, and the range was checked above.
        return bytes.extracting(range).withUnsafeBufferPointer { Array($0) }
    }

    /// Steps over bytes whose number the input declares.
    private mutating func take(_ count: Int, in bytes: Span<UInt8>, at start: Int) throws(MessageError) -> Range<Int> {
        let remaining = bytes.count - offset
        guard count <= remaining else {
            throw fault(.lengthBeyondInput(declared: count, remaining: remaining), at: start)
        }
        defer { offset += count }
        return offset..<(offset + count)
    }

    private mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type,
        in bytes: Span<UInt8>
    ) throws(MessageError) -> Number {
        let size = Number.bitWidth / 8
        let missing = size - (bytes.count - offset)
        guard missing <= 0 else { throw fault(.endsEarly(missing: missing), at: bytes.count) }
        var bits: UInt64 = 0
        for index in offset..<(offset + size) {
            bits = bits << 8 | UInt64(bytes[index])
        }
        offset += size
        return Number(truncatingIfNeeded: bits)
    }

    private mutating func byte(in bytes: Span<UInt8>) throws(MessageError) -> UInt8 {
        try number(UInt8.self, in: bytes)
    }

    private mutating func extensionFault(
        type: UInt8,
        in bytes: Span<UInt8>,
        at start: Int
    ) throws(MessageError) -> MessageError {
        // The length stands before the code in the forms that have one: 1, 2 or 4 bytes of it.
        switch type {
        case 0xC7: _ = try number(UInt8.self, in: bytes)
        case 0xC8: _ = try number(UInt16.self, in: bytes)
        case 0xC9: _ = try number(UInt32.self, in: bytes)
        default: break
        }
        return fault(.extensionType(try number(Int8.self, in: bytes)), at: start)
    }

    private func fault(_ fault: MessageError.Fault, at offset: Int) -> MessageError {
        .malformed(fault, format: .messagePack, offset: offset)
    }
}
