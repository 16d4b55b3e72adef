/// Writes values as Python's `json.dumps` does by default.
struct JSONWriter {
    /// What has been written: ASCII only.
    private(set) var bytes: [UInt8] = []

    init() {
        // More than most messages take, so that they are written without growing the array.
        bytes.reserveCapacity(256)
    }

    /// Writes a value; the key is the nearest one above it, for an error to name.
    mutating func append(_ value: MessageValue, under key: String?) throws(MessageError) {
        switch value {
        case .null: appendASCII("null")
        case .bool(let value): appendASCII(value ? "true" : "false")
        case .integer(let value): appendASCII(String(value))
        case .unsigned(let value): appendASCII(String(value))
        case .double(let value): appendASCII(value.pythonJSON)
        case .string(let text): append(text)
        case .bytes: throw .bytesInJSON(key: key)
        case .array(let elements): try append(elements, under: key)
        case .map(let map): try append(map)
        }
    }

    private mutating func append(_ elements: [MessageValue], under key: String?) throws(MessageError) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { appendASCII(", ") }
            isFirst = false
            try append(element, under: key)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(_ map: MessageMap) throws(MessageError) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in map {
            if !isFirst { appendASCII(", ") }
            isFirst = false
            append(key)
            appendASCII(": ")
            try append(value, under: key)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func appendASCII(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}

// MARK: Text

extension JSONWriter {
    private mutating func append(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ Self.isPlain($0) }) {
            bytes.append(contentsOf: text.utf8)
        } else {
            // UTF-16, because that is what the escapes spell: a surrogate pair comes as two of them.
            for unit in text.utf16 {
                append(unit)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ unit: UInt16) {
        if let byte = UInt8(exactly: unit), Self.isPlain(byte) {
            bytes.append(byte)
        } else if let letter = Self.shortEscape(unit) {
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(letter)
        } else {
            appendASCII("\\u")
            for shift in [12, 8, 4, 0] {
                let digit = UInt8(truncatingIfNeeded: unit >> shift) & 0x0F
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }

    /// Printable ASCII without the quote and the backslash: what Python leaves as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func shortEscape(_ unit: UInt16) -> UInt8? {
        switch unit {
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0A: UInt8(ascii: "n")
        case 0x0C: UInt8(ascii: "f")
        case 0x0D: UInt8(ascii: "r")
        case 0x22: UInt8(ascii: "\"")
        case 0x5C: UInt8(ascii: "\\")
        default: nil
        }
    }
}
