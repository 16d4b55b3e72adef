import Messages

/// A value in the vectors' notation, which `value_notation` in their file explains.
indirect enum VectorValue: Decodable, Sendable {
    case plain(MessageValue)
    case array([VectorValue])
    case map([[VectorValue]])
    /// What Muster does not have, such as extension types and whole numbers of more than 64 bits.
    case foreign(String)

    private enum Key: String, CodingKey {
        case int
        case bits
        case bytes
        case array
        case map
    }

    init(from decoder: any Decoder) throws {
        if let scalar = Self.scalar(in: try decoder.singleValueContainer()) {
            self = .plain(scalar)
            return
        }
        let container = try decoder.container(keyedBy: Key.self)
        if container.contains(.array) {
            self = .array(try container.decode([VectorValue].self, forKey: .array))
        } else if container.contains(.map) {
            self = .map(try container.decode([[VectorValue]].self, forKey: .map))
        } else if let digits = try container.decodeIfPresent(String.self, forKey: .int) {
            self = Self.integer(digits)
        } else if let bits = try container.decodeIfPresent(String.self, forKey: .bits) {
            self = UInt64(bits, radix: 16).map { .plain(.double(Double(bitPattern: $0))) } ?? .foreign(bits)
        } else if let digits = try container.decodeIfPresent(String.self, forKey: .bytes) {
            self = MessagesTests.bytes(hexadecimal: digits).map { .plain(.bytes($0)) } ?? .foreign(digits)
        } else {
            self = .foreign("a type of its own")
        }
    }

    /// The value as Muster has it; nil when anything in it is foreign or a key is not text.
    var value: MessageValue? {
        switch self {
        case .plain(let value):
            return value
        case .foreign:
            return nil
        case .array(let elements):
            let values = elements.compactMap(\.value)
            return values.count == elements.count ? .array(values) : nil
        case .map(let pairs):
            var map: MessageMap = [:]
            for pair in pairs {
                guard case .plain(.string(let key))? = pair.first, let value = pair.last?.value else { return nil }
                map[key] = value
            }
            return .map(map)
        }
    }

    private static func scalar(in container: any SingleValueDecodingContainer) -> MessageValue? {
        if container.decodeNil() { return .null }
        if let flag = try? container.decode(Bool.self) { return .bool(flag) }
        return (try? container.decode(String.self)).map { .string($0) }
    }

    private static func integer(_ digits: String) -> VectorValue {
        if let number = Int64(digits) { return .plain(.integer(number)) }
        return UInt64(digits).map { .plain(.unsigned($0)) } ?? .foreign(digits)
    }
}
