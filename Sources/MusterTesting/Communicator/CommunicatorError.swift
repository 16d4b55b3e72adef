public import Consumers

/// Why a communicator could not do what a test asked of it.
public enum CommunicatorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was waited for did not come in time. `hint` is what else the communicator noticed; it may be empty.
    case timeout(waitingFor: String, after: Duration, hint: String)
    /// The connection has ended. `hint` is what else the communicator noticed; it may be empty.
    case closed(CloseCode, hint: String)
    /// The consumer's `connected` threw this.
    case consumerFailed(String)
    /// The next frame is not text.
    case notText(byteCount: Int)
    /// `connect` was not called yet.
    case notConnected
    /// `connect` was called before; a communicator is one connection.
    case alreadyConnected

    /// What happened, and what else was noticed.
    public var description: String {
        switch self {
        case .timeout(let awaited, let time, let hint): "no \(awaited) within \(time)\(Self.suffix(hint))"
        case .closed(let code, let hint): "the connection ended with \(code)\(Self.suffix(hint))"
        case .consumerFailed(let error): "the consumer's connected threw: \(error)"
        case .notText(let count): "the next frame is binary, \(count) bytes; use nextFrame"
        case .notConnected: "not connected: call connect first"
        case .alreadyConnected: "connected before: make a communicator for each connection"
        }
    }

    private static func suffix(_ hint: String) -> String {
        hint.isEmpty ? "" : "; \(hint)"
    }
}
