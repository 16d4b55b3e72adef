import NIOCore

/// What a WebSocket client receives: whole messages, and control frames other than close.
enum WebSocketMessage: Equatable, Sendable {
    case text(String)
    case binary(ByteBuffer)
    case ping(ByteBuffer)
    case pong(ByteBuffer)
}

/// Who takes what a WebSocket delivers; every call comes on the connection's event loop.
protocol WebSocketReceiver: AnyObject {
    func received(_ message: WebSocketMessage)

    /// The last call of a connection, made exactly once, also after an abnormal end.
    func closed(_ event: CloseEvent)
}
