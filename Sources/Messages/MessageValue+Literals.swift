extension MessageValue: ExpressibleByNilLiteral {
    /// Makes `.null`.
    public init(nilLiteral: ()) {
        self = .null
    }
}

extension MessageValue: ExpressibleByBooleanLiteral {
    /// Makes a `.bool`.
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }
}

extension MessageValue: ExpressibleByIntegerLiteral {
    /// Makes an `.integer`.
    public init(integerLiteral value: Int64) {
        self = .integer(value)
    }
}

extension MessageValue: ExpressibleByFloatLiteral {
    /// Makes a `.double`.
    public init(floatLiteral value: Double) {
        self = .double(value)
    }
}

extension MessageValue: ExpressibleByStringInterpolation {
    /// Makes a `.string`, from a literal with or without interpolations.
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}

extension MessageValue: ExpressibleByArrayLiteral {
    /// Makes an `.array`.
    public init(arrayLiteral elements: MessageValue...) {
        self = .array(elements)
    }
}

extension MessageValue: ExpressibleByDictionaryLiteral {
    /// Makes a `.map` in the order written; of equal keys the last one's value stays.
    public init(dictionaryLiteral elements: (String, MessageValue)...) {
        self = .map(MessageMap(elements, uniquingKeysWith: { _, last in last }))
    }
}
