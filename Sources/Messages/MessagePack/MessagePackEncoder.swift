/// Writes values as MessagePack, each in its shortest form.
struct MessagePackEncoder {
    /// What has been written.
    private(set) var bytes: [UInt8] = []

    init() {
        // More than most messages take, so that they are written without growing the array.
        bytes.reserveCapacity(256)
    }

    mutating func append(_ value: MessageValue) {
        switch value {
        case .null:
            bytes.append(0xC0)
        case .bool(let value):
            bytes.append(value ? 0xC3 : 0xC2)
        case .integer(let value):
            append(value)
        case .unsigned(let value):
            append(value)
        case .double(let value):
            append(0xCB, value.bitPattern)
        case .string(let text):
            append(text)
        case .bytes(let data):
            appendBinaryLength(data.count)
            bytes.append(contentsOf: data)
        case .array(let elements):
            appendCount(elements.count, short: 0x90, wide: 0xDC)
            for element in elements {
                append(element)
            }
        case .map(let map):
            appendCount(map.count, short: 0x80, wide: 0xDE)
            for (key, value) in map {
                append(key)
                append(value)
            }
        }
    }

    private mutating func append(_ number: Int64) {
        guard number < 0 else { return append(UInt64(number)) }
        if number >= -32 {
            bytes.append(UInt8(truncatingIfNeeded: number))
        } else if let byte = Int8(exactly: number) {
            append(0xD0, UInt8(bitPattern: byte))
        } else if let short = Int16(exactly: number) {
            append(0xD1, short)
        } else if let word = Int32(exactly: number) {
            append(0xD2, word)
        } else {
            append(0xD3, number)
        }
    }

    private mutating func append(_ number: UInt64) {
        if number < 0x80 {
            bytes.append(UInt8(number))
        } else if let byte = UInt8(exactly: number) {
            append(0xCC, byte)
        } else if let short = UInt16(exactly: number) {
            append(0xCD, short)
        } else if let word = UInt32(exactly: number) {
            append(0xCE, word)
        } else {
            append(0xCF, number)
        }
    }

    private mutating func append(_ text: String) {
        let utf8 = text.utf8
        if utf8.count < 32 {
            bytes.append(0xA0 | UInt8(utf8.count))
        } else if let count = UInt8(exactly: utf8.count) {
            append(0xD9, count)
        } else if let count = UInt16(exactly: utf8.count) {
            append(0xDA, count)
        } else {
            append(0xDB, UInt32(utf8.count))
        }
        bytes.append(contentsOf: utf8)
    }

    private mutating func appendBinaryLength(_ length: Int) {
        if let length = UInt8(exactly: length) {
            append(0xC4, length)
        } else if let length = UInt16(exactly: length) {
            append(0xC5, length)
        } else {
            append(0xC6, UInt32(length))
        }
    }

    /// The head of an array or map: up to 15 elements in the type byte, else 16 bits, or 32 under the next type.
    private mutating func appendCount(_ count: Int, short: UInt8, wide: UInt8) {
        if count < 16 {
            bytes.append(short | UInt8(count))
        } else if let count = UInt16(exactly: count) {
            append(wide, count)
        } else {
            append(wide + 1, UInt32(count))
        }
    }

    /// A type byte and a number in network byte order.
    private mutating func append(_ type: UInt8, _ number: some FixedWidthInteger) {
        bytes.append(type)
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
