/// Each accessor gives what the value holds, or nil when it holds something else: nothing is converted but numbers.
extension MessageValue {
    /// Whether this is `.null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The truth value of a `.bool`.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number of an `.integer`; nil for a `.double`, even a whole one, and for an `.unsigned`.
    public var integerValue: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The number of an `.unsigned`, or of an `.integer` that is not negative.
    public var unsignedValue: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }

    /// The number of a `.double`, or the nearest double to a whole number, since many senders write `3` for `3.0`.
    public var doubleValue: Double? {
        switch self {
        case .double(let value): value
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        default: nil
        }
    }

    /// The text of a `.string`.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The bytes of a `.bytes`.
    public var bytesValue: [UInt8]? {
        if case .bytes(let value) = self { value } else { nil }
    }

    /// The elements of an `.array`.
    public var arrayValue: [MessageValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The pairs of a `.map`.
    public var mapValue: MessageMap? {
        if case .map(let value) = self { value } else { nil }
    }

    /// The value under a key of a `.map`; nil when the key is absent or this is no map.
    ///
    /// - Parameter key: The key.
    public subscript(_ key: String) -> MessageValue? {
        mapValue?[key]
    }

    /// What an error message calls this kind of value.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .unsigned: "an integer"
        case .double: "a floating-point number"
        case .string: "text"
        case .bytes: "bytes"
        case .array: "an array"
        case .map: "a map"
        }
    }
}
