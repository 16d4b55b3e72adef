extension JSONReader {
    /// The number whose first character, a digit or a minus, comes next.
    mutating func number(in bytes: Span<UInt8>) throws(MessageError) -> MessageValue {
        let start = offset
        let isNegative = skip(UInt8(ascii: "-"), in: bytes)
        if isNegative, offset < bytes.count, bytes[offset] == UInt8(ascii: "I") {
            return try word("Infinity", meaning: .double(-.infinity), in: bytes)
        }
        let magnitude = try wholePart(in: bytes)
        let hasFraction = skip(UInt8(ascii: "."), in: bytes)
        if hasFraction { try skipDigits(in: bytes) }
        let hasExponent = skip(UInt8(ascii: "e"), in: bytes) || skip(UInt8(ascii: "E"), in: bytes)
        if hasExponent {
            _ = skip(UInt8(ascii: "+"), in: bytes) || skip(UInt8(ascii: "-"), in: bytes)
            try skipDigits(in: bytes)
        }
        if hasFraction || hasExponent { return .double(try double(bytes.extracting(start..<offset), at: start)) }
        guard let magnitude, let integer = MessageValue(magnitude: magnitude, isNegative: isNegative) else {
            throw fault(.integerOutOfRange, at: start)
        }
        return integer
    }

    /// Steps over the digits before a fraction: a single 0, or digits that begin with another.
    ///
    /// - Returns: Their number; nil above 2^64 - 1.
    /// - Throws: ``MessageError/malformed(_:format:offset:)``.
    private mutating func wholePart(in bytes: Span<UInt8>) throws(MessageError) -> UInt64? {
        let start = offset
        if skip(UInt8(ascii: "0"), in: bytes) {
            guard offset == bytes.count || !Self.isDigit(bytes[offset]) else {
                throw try unexpected(expected: "no digit after a leading 0", in: bytes)
            }
            return 0
        }
        try skipDigits(in: bytes)
        var magnitude: UInt64? = 0
        for index in start..<offset {
            magnitude = magnitude?.appending(digit: bytes[index] - UInt8(ascii: "0"))
        }
        return magnitude
    }

    /// Steps over one digit or more.
    private mutating func skipDigits(in bytes: Span<UInt8>) throws(MessageError) {
        guard Self.isDigit(try peek(in: bytes)) else { throw try unexpected(expected: "a digit", in: bytes) }
        while offset < bytes.count, Self.isDigit(bytes[offset]) {
            offset += 1
        }
    }

    private func double(_ digits: Span<UInt8>, at start: Int) throws(MessageError) -> Double {
        // The grammar has let ASCII through only, and Swift reads all that it lets through; too large is infinite, as in
        // Python.
        guard let utf8 = try? UTF8Span(validating: digits), let number = Double(String(copying: utf8)) else {
            throw fault(.unexpectedByte(digits[0], expected: "a number"), at: start)
        }
        return number
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension MessageValue {
    /// Nil when the number lies outside -2^63 to 2^64 - 1.
    fileprivate init?(magnitude: UInt64, isNegative: Bool) {
        if isNegative {
            guard magnitude <= Int64.min.magnitude else { return nil }
            self = .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
        } else {
            self = .integer(canonical: magnitude)
        }
    }
}

extension UInt64 {
    /// The number with one more decimal digit behind it; nil on overflow.
    fileprivate func appending(digit: UInt8) -> UInt64? {
        let (tens, tensOverflow) = multipliedReportingOverflow(by: 10)
        let (sum, sumOverflow) = tens.addingReportingOverflow(UInt64(digit))
        return tensOverflow || sumOverflow ? nil : sum
    }
}
