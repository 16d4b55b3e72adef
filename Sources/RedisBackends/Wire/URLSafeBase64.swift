/// Base64 in its URL-safe alphabet (RFC 4648 section 5), padded.
enum URLSafeBase64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let padding = UInt8(ascii: "=")
    /// What stands in the table for a byte that is no digit.
    private static let noDigit: UInt8 = 0xFF

    /// A digit's six bits for each byte.
    ///
    /// As in Python's reader, the two digits of the standard alphabet count as well.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: noDigit, count: 256)
        for (value, byte) in alphabet.enumerated() {
            digits[Int(byte)] = UInt8(value)
        }
        digits[Int(UInt8(ascii: "+"))] = 62
        digits[Int(UInt8(ascii: "/"))] = 63
        return digits
    }()

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = alphabet
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var bits = UInt32(0)
            for index in 0..<3 {
                bits = bits << 8 | (index < count ? UInt32(bytes[start + index]) : 0)
            }
            for index in 0..<4 {
                // One byte fills two digits, two fill three, three fill four.
                text.append(index <= count ? alphabet[Int(bits >> (18 - 6 * UInt32(index)) & 0x3F)] : padding)
            }
        }
        return text
    }

    /// The bytes; nil for what an encoder does not write: other characters, no or wrong padding, bits that stand for
    /// nothing.
    static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var count = text.count
        while count > 0, text.count - count < 2, text[count - 1] == padding { count -= 1 }
        let digits = digits
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits = UInt32(0)
        var held: UInt32 = 0
        for index in 0..<count {
            let digit = digits[Int(text[index])]
            guard digit != noDigit else { return nil }
            bits = bits << 6 | UInt32(digit)
            held += 6
            guard held >= 8 else { continue }
            held -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> held))
            bits &= (1 << held) - 1
        }
        return bits == 0 ? bytes : nil
    }
}
