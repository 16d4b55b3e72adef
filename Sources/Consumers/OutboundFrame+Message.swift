public import Messages

extension OutboundFrame {
    /// What a `websocket.send` asks for, as ASGI has it: its `text`, or else its `bytes`.
    ///
    /// Channels' senders may set the unused one of the two to `None`.
    ///
    /// - Parameter message: A message of any type; a consumer has looked at that.
    /// - Throws: `NothingToSend` if it has neither.
    public init(webSocketSend message: Message) throws(NothingToSend) {
        if let text = message["text"]?.stringValue {
            self = .text(text)
        } else if let bytes = message["bytes"]?.bytesValue {
            self = .binary(bytes)
        } else {
            throw NothingToSend()
        }
    }
}

/// A `websocket.send` says nothing.
public struct NothingToSend: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text that operators see.
    public var description: String { "websocket.send has neither a text 'text' nor binary 'bytes'" }
}
