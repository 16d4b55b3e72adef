import Messages
import Testing

/// What `channels_redis` wrote before and around messages, and what it took and refused.
struct PayloadVectors: Decodable, Sendable {
    /// Random bytes and a message after them.
    struct Prefixed: Decodable, Sendable {
        let randomPrefixLength: Int
        let entry: String
        let prefix: String
        let payload: String

        private enum CodingKeys: String, CodingKey {
            case randomPrefixLength = "random_prefix_length"
            case entry = "example_hex"
            case prefix = "prefix_hex"
            case payload = "payload_hex"
        }
    }

    /// A token, and what it was made from.
    struct Token: Decodable, Sendable, CustomTestStringConvertible {
        let key: String
        let time: UInt64
        let initializationVector: String
        let plaintext: String
        let token: String
        let raw: String
        var testDescription: String { "\(key.prefix(12)), \(plaintext.prefix(16))…" }

        private enum CodingKeys: String, CodingKey {
            case key
            case time
            case initializationVector = "iv_hex"
            case plaintext = "plaintext_hex"
            case token
            case raw = "token_raw_hex"
        }
    }

    /// A message whose fields are all text, in the vectors' notation.
    struct TextMessage: Decodable, Sendable {
        let map: [[String]]

        /// The message; nil if the pairs are not such.
        var message: Message? {
            var fields: MessageMap = [:]
            for pair in map where pair.count == 2 {
                fields[pair[0]] = .string(pair[1])
            }
            return try? Message(fields)
        }
    }

    /// A token of an older key.
    struct Rotation: Decodable, Sendable {
        let keys: [String]
        let token: String
        let message: TextMessage
    }

    /// An encrypted entry as it lay in Redis.
    struct Encrypted: Decodable, Sendable {
        let key: String
        let prefix: String
        let entry: String
        let message: TextMessage

        private enum CodingKeys: String, CodingKey {
            case key
            case prefix = "random_prefix_hex"
            case entry = "wire_hex"
            case message
        }
    }

    /// A changed token, and whether Python takes it.
    struct Tampering: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let token: String
        let result: TextMessage?
        var testDescription: String { name }

        private enum CodingKeys: String, CodingKey {
            case name
            case token = "token_hex"
            case result
        }
    }

    /// How old a token is, and what a layer whose messages expire after 60 s makes of it.
    struct Age: Decodable, Sendable, CustomTestStringConvertible {
        let seconds: Int64
        let verdict: String
        var testDescription: String { "\(seconds) s, \(verdict)" }

        private enum CodingKeys: String, CodingKey {
            case seconds = "token_age_s"
            case verdict = "RedisChannelLayer expiry 60"
        }
    }

    struct RandomPrefix: Decodable, Sendable {
        let examples: [Prefixed]
    }

    struct Fernet: Decodable, Sendable {
        let vectors: [Token]
        let rotation: Rotation
        let encrypted: Encrypted
        let tampering: [Tampering]
        let ages: [Age]

        private enum CodingKeys: String, CodingKey {
            case vectors
            case rotation
            case encrypted = "core_wire_example"
            case tampering = "tampering_with_key_first-secret"
            case ages = "age_limit"
        }
    }

    /// What Python's MessagePack writes and does not read, or does not write at all.
    struct SenderLimit: Decodable, Sendable {
        let name: String
        let hex: String?
    }

    let randomPrefix: RandomPrefix
    let fernet: Fernet
    let senderLimits: [SenderLimit]

    private enum CodingKeys: String, CodingKey {
        case randomPrefix = "random_prefix"
        case fernet
        case senderLimits = "msgpack_python_sender_limits"
    }

    static func load() throws -> PayloadVectors {
        try vectors(PayloadVectors.self, in: "payloads")
    }
}
