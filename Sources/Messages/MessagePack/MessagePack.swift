/// MessagePack, byte for byte as Python's `msgpack.packb` and `unpackb` write and read it by default.
///
/// The format is the specification at github.com/msgpack/msgpack, extension types left out.
public enum MessagePack {
    /// Writes a value: integers in their shortest form, every double as float 64, text and bytes apart, maps in order.
    ///
    /// - Parameter value: Any value; no text, bytes, array or map in it may be longer than 4,294,967,295.
    /// - Returns: The bytes.
    public static func encode(_ value: MessageValue) -> [UInt8] {
        var encoder = MessagePackEncoder()
        encoder.append(value)
        return encoder.bytes
    }

    /// Reads a value, whatever width its sender chose for integers, doubles and lengths.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one value.
    ///   - limits: What is refused.
    /// - Returns: The value. Of equal map keys the last one's value stays, at the first one's place.
    /// - Throws: ``MessageError/malformed(_:format:offset:)``, also for map keys that are not text and for extension types.
    public static func decode(
        _ bytes: [UInt8],
        limits: DecodingLimits = .default
    ) throws(MessageError) -> MessageValue {
        try decode(bytes.span, limits: limits)
    }

    /// Reads a value from borrowed memory, without copying it first.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one value.
    ///   - limits: What is refused.
    /// - Returns: The value. Of equal map keys the last one's value stays, at the first one's place.
    /// - Throws: ``MessageError/malformed(_:format:offset:)``, also for map keys that are not text and for extension types.
    public static func decode(
        _ bytes: Span<UInt8>,
        limits: DecodingLimits = .default
    ) throws(MessageError) -> MessageValue {
        var decoder = MessagePackDecoder(limits: limits)
        return try decoder.onlyValue(in: bytes)
    }
}
