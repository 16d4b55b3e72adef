/// What went wrong with Redis, in one line that tells the operator what to do.
package struct RedisError: Error, Sendable, Equatable {
    /// The kind of failure; a struct, so that kinds can be added without breaking a `switch` elsewhere.
    package struct Code: Sendable, Hashable {
        fileprivate enum Kind: Hashable {
            case badAddress
            case unavailable
            case timeout
            case connectionLost
            case overloaded
            case reply(String)
            case protocolViolation
            case replyTooLarge
            case tls
            case cancelled
            case shutDown
        }

        fileprivate let kind: Kind

        /// The address in the configuration cannot be used.
        package static let badAddress = Code(kind: .badAddress)
        /// There is no connection: the command was not sent.
        package static let unavailable = Code(kind: .unavailable)
        /// Redis did not answer in time: the command may have been executed.
        package static let timeout = Code(kind: .timeout)
        /// The connection broke before the answer came: the command may have been executed.
        package static let connectionLost = Code(kind: .connectionLost)
        /// A bound of this process was reached: the command was not sent.
        package static let overloaded = Code(kind: .overloaded)
        /// The peer does not speak RESP2.
        package static let protocolViolation = Code(kind: .protocolViolation)
        /// A reply is longer than this process takes: the command may have been executed.
        package static let replyTooLarge = Code(kind: .replyTooLarge)
        /// The certificates of the two sides do not fit.
        package static let tls = Code(kind: .tls)
        /// The caller gave up, or a subscription was withdrawn while it was being made.
        package static let cancelled = Code(kind: .cancelled)
        /// The client has been shut down, or was never run: the command was not sent.
        package static let shutDown = Code(kind: .shutDown)

        /// Redis answered with an error that begins with this word, such as `WRONGTYPE`, `NOAUTH` or `LOADING`.
        package static func reply(_ prefix: String) -> Code {
            Code(kind: .reply(prefix))
        }
    }

    package let code: Code
    /// One line, with what to do about it where that is known.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The first word of Redis' own error, such as `WRONGTYPE`; `nil` when the failure was on the way to Redis.
    package var replyPrefix: String? {
        guard case .reply(let prefix) = code.kind else { return nil }
        return prefix
    }
}

extension RedisError: CustomStringConvertible {
    package var description: String { message }
}

extension RedisError.Code: CaseIterable, CustomStringConvertible {
    /// Every kind once; `.reply` with no prefix.
    package static let allCases: [RedisError.Code] = [
        .badAddress, .unavailable, .timeout, .connectionLost, .overloaded, .reply(""), .protocolViolation,
        .replyTooLarge, .tls, .cancelled, .shutDown,
    ]

    /// Whether Redis itself refused, whatever its word for it.
    var isReply: Bool {
        if case .reply = kind { true } else { false }
    }

    /// A short name, as metrics and logs show it.
    package var description: String {
        switch kind {
        case .badAddress: "bad_address"
        case .unavailable: "unavailable"
        case .timeout: "timeout"
        case .connectionLost: "connection_lost"
        case .overloaded: "overloaded"
        case .reply(let prefix): prefix.isEmpty ? "reply" : "reply(\(prefix))"
        case .protocolViolation: "protocol_violation"
        case .replyTooLarge: "reply_too_large"
        case .tls: "tls"
        case .cancelled: "cancelled"
        case .shutDown: "shut_down"
        }
    }
}

extension RedisError {
    /// An error reply to a command.
    init(reply text: String, to command: String) {
        self.init(.reply(Self.prefix(of: text)), "Redis refused \(command): \(text)")
    }

    /// The leading word in capitals by which Redis classifies its errors; `ERR` when there is none.
    static func prefix(of text: String) -> String {
        let word = text.prefix { $0 != " " }
        let isCode = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        return isCode ? String(word) : "ERR"
    }

    /// The same failure as commands see it that are refused because of it.
    var asUnavailable: RedisError {
        code == .shutDown ? self : RedisError(.unavailable, message)
    }

    /// Whether another attempt with the same settings must fail the same way.
    var isPermanent: Bool {
        switch code.kind {
        case .badAddress, .tls: true
        case .reply(let prefix): ["NOAUTH", "WRONGPASS", "NOPERM"].contains(prefix)
        default: false
        }
    }
}
