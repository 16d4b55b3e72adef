import Redis

extension RedisReply {
    /// The reply as Redis would send it.
    var wire: [UInt8] {
        switch self {
        case .status(let text): Array("+\(text)\r\n".utf8)
        case .error(let text): Array("-\(text)\r\n".utf8)
        case .integer(let value): Array(":\(value)\r\n".utf8)
        case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        case .null: Array("$-1\r\n".utf8)
        case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(\.wire)
        }
    }

    static func bulk(_ text: String) -> RedisReply {
        .bulk(Array(text.utf8))
    }

    /// Any reply, with arrays nested up to `depth`.
    static func random(depth: Int, using random: inout some RandomNumberGenerator) -> RedisReply {
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random) {
        case 0:
            return .status(String("OKPONGQUEUED".prefix(Int.random(in: 0...12, using: &random))))
        case 1:
            return .error("ERR number \(UInt8.random(in: 0...255, using: &random))")
        case 2:
            return .integer(Int64.random(in: .min ... .max, using: &random))
        case 3:
            let count = Int.random(in: 0...300, using: &random)
            return .bulk((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        case 4:
            return .null
        default:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in Self.random(depth: depth - 1, using: &random) })
        }
    }
}
