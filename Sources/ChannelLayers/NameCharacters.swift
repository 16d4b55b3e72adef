/// The bytes that names may be made of, as in Django Channels' `valid_group_name` and `valid_channel_name`.
///
/// Python's expressions take every Unicode digit; Muster makes and takes the ASCII ones, which are what both understand.
enum NameCharacters {
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default:
            false
        }
    }
}
