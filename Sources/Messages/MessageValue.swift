/// What a message can hold: the values that MessagePack and JSON share, and bytes.
///
/// Values are equal when their cases and contents are: `.integer(1)` is not `.double(1)`, and, as with `Double`, a NaN
/// equals nothing while `0.0` equals `-0.0`.
public enum MessageValue: Sendable, Hashable {
    /// Python's `None`, JSON's `null`.
    case null
    /// True or false.
    case bool(Bool)
    /// A whole number from -2^63 to 2^63 - 1.
    case integer(Int64)
    /// A whole number from 2^63 to 2^64 - 1; make it with ``integer(canonical:)``, so that equal numbers are equal values.
    case unsigned(UInt64)
    /// A floating-point number, infinities and NaN included.
    case double(Double)
    /// Text.
    case string(String)
    /// Bytes that are not text. MessagePack carries them apart from text, JSON cannot carry them.
    case bytes([UInt8])
    /// Values in order.
    case array([MessageValue])
    /// Values under text keys, in order.
    case map(MessageMap)

    /// The one value that stands for a whole number: `.integer` if it fits, `.unsigned` above `Int64.max`.
    ///
    /// - Parameter number: Any number from 0 to 2^64 - 1.
    /// - Returns: The value.
    public static func integer(canonical number: UInt64) -> MessageValue {
        Int64(exactly: number).map { .integer($0) } ?? .unsigned(number)
    }
}
