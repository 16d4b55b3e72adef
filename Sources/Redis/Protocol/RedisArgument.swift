/// One argument of a command: bytes for Redis, written as a literal, a string, a number or bytes.
package struct RedisArgument: Sendable, Equatable {
    private enum Storage: Equatable {
        case text(String)
        case bytes([UInt8])
    }

    private let storage: Storage

    /// A string, sent as UTF-8.
    package init(_ text: String) {
        storage = .text(text)
    }

    /// Any bytes, sent as they are.
    package init(_ bytes: [UInt8]) {
        storage = .bytes(bytes)
    }

    /// An integer in decimal.
    package init(_ number: Int) {
        storage = .text(String(number))
    }

    /// The shortest decimal that reads back as the same number, never with an exponent: `0.1`, `17`, `10000000000`.
    ///
    /// Infinity becomes `inf`, which Redis takes as a score; not-a-number becomes `nan`, which Redis refuses.
    package init(_ number: Double) {
        storage = .text(number.plainDecimal)
    }

    /// What is sent.
    package var bytes: [UInt8] {
        switch storage {
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        }
    }

    /// Appends what is sent and returns its length.
    func write(to buffer: inout [UInt8]) -> Int {
        let start = buffer.count
        switch storage {
        case .text(let text): buffer.append(contentsOf: text.utf8)
        case .bytes(let bytes): buffer.append(contentsOf: bytes)
        }
        return buffer.count - start
    }

    package static func == (left: RedisArgument, right: RedisArgument) -> Bool {
        left.bytes == right.bytes
    }
}

extension RedisArgument: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) {
        self.init(text)
    }
}

extension RedisArgument: ExpressibleByIntegerLiteral {
    package init(integerLiteral number: Int) {
        self.init(number)
    }
}

extension Double {
    /// Swift's shortest description with its exponent, if any, written out in zeros.
    fileprivate var plainDecimal: String {
        var text = description
        if text.hasSuffix(".0") { text.removeLast(2) }
        guard isFinite, let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else {
            return text
        }
        let sign = text.hasPrefix("-") ? "-" : ""
        let mantissa = text[..<mark].drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
        let digits = String(whole + fraction)
        let point = whole.count + exponent
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }
}
