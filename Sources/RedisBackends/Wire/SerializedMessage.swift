import Messages

/// A message's fields in a serializer's bytes, to which one more field can be added without writing the others anew.
struct SerializedMessage {
    private let serializer: WireFormat.Serializer
    private let fieldCount: Int
    /// The fields one after another, without what opens and closes the map.
    private let fields: ArraySlice<UInt8>

    /// Serializes the fields of a message, so at least one.
    init(_ map: MessageMap, serializer: WireFormat.Serializer) throws(MessageError) {
        let bytes = try Self.bytes(of: map, serializer: serializer)
        self.serializer = serializer
        fieldCount = map.count
        fields =
            switch serializer {
            case .messagePack: bytes[Self.messagePackHead(of: map.count).count...]
            case .json: bytes.dropFirst().dropLast()
            }
    }

    /// The whole map in one go.
    static func bytes(of map: MessageMap, serializer: WireFormat.Serializer) throws(MessageError) -> [UInt8] {
        switch serializer {
        case .messagePack: MessagePack.encode(.map(map))
        case .json: try JSON.encodeUTF8(.map(map))
        }
    }

    /// The map with these fields.
    var bytes: [UInt8] {
        switch serializer {
        case .messagePack: Self.messagePackHead(of: fieldCount) + fields
        case .json: [UInt8(ascii: "{")] + fields + [UInt8(ascii: "}")]
        }
    }

    /// The map with these fields and one more at the end, which is not among them.
    func bytes(adding key: String, _ value: MessageValue) throws(MessageError) -> [UInt8] {
        // A map of the one field; what opens it is a single byte in both formats.
        let last = try Self.bytes(of: [key: value], serializer: serializer).dropFirst()
        return switch serializer {
        case .messagePack: Self.messagePackHead(of: fieldCount + 1) + fields + last
        case .json: [UInt8(ascii: "{")] + fields + Array(", ".utf8) + last
        }
    }

    /// What opens a map: up to 15 pairs are counted in the type byte, more in 16 or 32 bits after it.
    private static func messagePackHead(of count: Int) -> [UInt8] {
        if count < 16 { return [0x80 | UInt8(count)] }
        let width = count <= UInt16.max ? 2 : 4
        return [width == 2 ? 0xDE : 0xDF]
            + (1...width).map { UInt8(truncatingIfNeeded: count >> (8 * (width - $0))) }
    }
}
