extension JSONReader {
    /// The text whose opening quote comes next.
    mutating func text(in bytes: Span<UInt8>) throws(MessageError) -> String {
        offset += 1
        let start = offset
        let plain = try skipPlain(in: bytes)
        guard bytes[offset] == UInt8(ascii: "\"") else { return try escapedText(from: start, in: bytes) }
        offset += 1
        return try string(bytes.extracting(plain), at: start)
    }

    /// Steps over bytes that stand for themselves, up to a quote or a backslash.
    private mutating func skipPlain(in bytes: Span<UInt8>) throws(MessageError) -> Range<Int> {
        let start = offset
        while true {
            switch try peek(in: bytes) {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return start..<offset
            case 0..<0x20: throw try unexpected(expected: "an escape instead of a control character", in: bytes)
            default: offset += 1
            }
        }
    }

    /// The text that begins at `start` and has its first backslash next, put together in a buffer of its own.
    private mutating func escapedText(from start: Int, in bytes: Span<UInt8>) throws(MessageError) -> String {
        var utf8: [UInt8] = []
        var plain = start..<offset
        while true {
            // The pointer lives only while the array copies from it, and the range was just walked.
            bytes.extracting(plain).withUnsafeBufferPointer { utf8.append(contentsOf: $0) }
            offset += 1
            guard bytes[offset - 1] == UInt8(ascii: "\\") else { return try string(utf8.span, at: start) }
            utf8.append(contentsOf: try escape(in: bytes).utf8)
            plain = try skipPlain(in: bytes)
        }
    }

    /// The character of an escape whose backslash has just been read.
    private mutating func escape(in bytes: Span<UInt8>) throws(MessageError) -> Unicode.Scalar {
        let letter = try peek(in: bytes)
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try escapedScalar(in: bytes)
        default: throw fault(.unexpectedByte(letter, expected: "one of \" \\ / b f n r t u"), at: offset - 1)
        }
    }

    /// The character of one `\uXXXX`, or of two that make a surrogate pair; the first `\u` has just been read.
    private mutating func escapedScalar(in bytes: Span<UInt8>) throws(MessageError) -> Unicode.Scalar {
        let start = offset - 2
        let first = try hexadecimal(in: bytes)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first) else { throw fault(.loneSurrogate(first), at: start) }
        for expected in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
            _ = try peek(in: bytes)
            guard skip(expected, in: bytes) else { throw fault(.loneSurrogate(first), at: start) }
        }
        let second = try hexadecimal(in: bytes)
        guard UTF16.isTrailSurrogate(second) else { throw fault(.loneSurrogate(first), at: start) }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func hexadecimal(in bytes: Span<UInt8>) throws(MessageError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let byte = try peek(in: bytes)
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw try unexpected(expected: "a hexadecimal digit", in: bytes)
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    private func string(_ utf8: Span<UInt8>, at start: Int) throws(MessageError) -> String {
        do {
            return String(copying: try UTF8Span(validating: utf8))
        } catch {
            throw fault(.invalidUTF8, at: start)
        }
    }
}
