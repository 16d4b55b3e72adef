/// How a WebSocket ended, as a browser's `CloseEvent` tells it.
struct CloseEvent: Equatable, Sendable, CustomStringConvertible {
    /// The peer's close code; 1005 when its close frame had none, 1006 when there was no close frame (RFC 6455, 7.1.5).
    var code: UInt16
    var reason: String

    static let noCode = CloseEvent(code: 1005, reason: "")
    static let abnormal = CloseEvent(code: 1006, reason: "")

    var description: String { reason.isEmpty ? "code \(code)" : "code \(code), “\(reason)”" }
}
