/// One reply of Redis, as RESP2 knows them.
package enum RedisReply: Sendable, Equatable {
    /// A short answer such as `OK` or `PONG`.
    case status(String)
    /// A refusal, such as `WRONGTYPE Operation against a key holding the wrong kind of value`.
    case error(String)
    case integer(Int64)
    /// Any bytes at all, not only UTF-8.
    case bulk([UInt8])
    /// No such key, no such element: the nil bulk and the nil array.
    case null
    case array([RedisReply])
}

extension RedisReply {
    /// The text of a status or of a bulk that is UTF-8; `nil` for everything else.
    package var string: String? {
        switch self {
        case .status(let text): text
        case .bulk(let bytes): String(validating: bytes, as: UTF8.self)
        case .error, .integer, .null, .array: nil
        }
    }

    /// The bytes of a bulk or of a status; `nil` for everything else.
    package var bytes: [UInt8]? {
        switch self {
        case .bulk(let bytes): bytes
        case .status(let text): Array(text.utf8)
        case .error, .integer, .null, .array: nil
        }
    }

    /// An integer reply, or a bulk that spells an integer; `nil` for everything else.
    package var int: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .bulk: string.flatMap { Int($0) }
        case .status, .error, .null, .array: nil
        }
    }

    /// An integer reply, or a bulk that spells a number, such as a score; `nil` for everything else.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .bulk: string.flatMap { Double($0) }
        case .status, .error, .null, .array: nil
        }
    }

    /// The elements of an array; `nil` for everything else.
    package var elements: [RedisReply]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// Whether Redis had nothing to give.
    package var isNull: Bool { self == .null }
}
