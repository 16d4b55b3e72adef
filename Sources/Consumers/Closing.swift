/// What a consumer throws to close its connection: this is no failure, and the client is told why.
///
/// As after whatever a consumer throws, all that the client has sent meanwhile is dropped; only `disconnected` is still
/// called. `Connection.close` closes too, but what waits is then handled as usual.
///
/// ```swift
/// guard let room = Room(connection.scope) else { throw Closing(.policyViolation, reason: "there is no such room") }
/// ```
public struct Closing: Error, Sendable, Hashable, CustomStringConvertible {
    /// The code the client sees; one that may not be sent becomes 1011.
    public let code: CloseCode
    /// A short text for the client: at most 123 bytes of UTF-8 reach it.
    public let reason: String

    /// Makes a reason to close.
    ///
    /// - Parameters:
    ///   - code: The code the client sees.
    ///   - reason: A short text for the client.
    public init(_ code: CloseCode = .normal, reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// The text that operators see.
    public var description: String { reason.isEmpty ? "closed with \(code)" : "closed with \(code): \(reason)" }
}
