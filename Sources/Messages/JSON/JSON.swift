/// JSON (RFC 8259), written byte for byte as Python's `json.dumps` does by default, read as `json.loads` does.
public enum JSON {
    /// Writes a value as text: `", "` and `": "` between parts, every character beyond printable ASCII as `\uXXXX`, and
    /// the words `NaN`, `Infinity` and `-Infinity`, which other readers than Python's may refuse.
    ///
    /// - Parameter value: Any value without bytes in it.
    /// - Returns: The text, all of it ASCII.
    /// - Throws: ``MessageError/bytesInJSON(key:)``.
    public static func encode(_ value: MessageValue) throws(MessageError) -> String {
        String(decoding: try encodeUTF8(value), as: UTF8.self)
    }

    /// Writes a value as bytes, the same text as ``encode(_:)`` writes.
    ///
    /// - Parameter value: Any value without bytes in it.
    /// - Returns: The text's bytes.
    /// - Throws: ``MessageError/bytesInJSON(key:)``.
    public static func encodeUTF8(_ value: MessageValue) throws(MessageError) -> [UInt8] {
        var writer = JSONWriter()
        try writer.append(value, under: nil)
        return writer.bytes
    }

    /// Reads a value from UTF-8.
    ///
    /// Beyond RFC 8259 it takes `NaN`, `Infinity` and `-Infinity`, as Python does. Unlike Python it refuses whole numbers
    /// of more than 64 bits, halves of surrogate pairs and a byte order mark. Fractions and exponents make a `.double`.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one value, white space around it.
    ///   - limits: What is refused.
    /// - Returns: The value. Of equal keys the last one's value stays, at the first one's place.
    /// - Throws: ``MessageError/malformed(_:format:offset:)``.
    public static func decode(
        _ bytes: [UInt8],
        limits: DecodingLimits = .default
    ) throws(MessageError) -> MessageValue {
        try decode(bytes.span, limits: limits)
    }

    /// Reads a value from UTF-8 in borrowed memory, without copying it first, by the rules of the decoder for arrays.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one value, white space around it.
    ///   - limits: What is refused.
    /// - Returns: The value. Of equal keys the last one's value stays, at the first one's place.
    /// - Throws: ``MessageError/malformed(_:format:offset:)``.
    public static func decode(
        _ bytes: Span<UInt8>,
        limits: DecodingLimits = .default
    ) throws(MessageError) -> MessageValue {
        var reader = JSONReader(limits: limits)
        return try reader.onlyValue(in: bytes)
    }

    /// Reads a value from text, by the rules of the decoder for arrays.
    ///
    /// - Parameters:
    ///   - text: Exactly one value, white space around it.
    ///   - limits: What is refused.
    /// - Returns: The value. Of equal keys the last one's value stays, at the first one's place.
    /// - Throws: ``MessageError/malformed(_:format:offset:)``; its offset counts the text's UTF-8 bytes.
    public static func decode(
        _ text: String,
        limits: DecodingLimits = .default
    ) throws(MessageError) -> MessageValue {
        let utf8 = text.utf8
        return try decode(utf8.span, limits: limits)
    }
}
