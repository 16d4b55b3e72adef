public import Messages

/// One WebSocket message as a consumer sends it.
public enum OutboundFrame: Sendable, Hashable {
    /// A text message.
    case text(String)
    /// A binary message.
    case binary([UInt8])

    /// A text message that holds a map as JSON, with the separators and escapes of Python's `json.dumps`.
    ///
    /// - Parameter map: What to send.
    /// - Returns: The frame.
    /// - Throws: `MessageError` when the map holds bytes, which JSON cannot carry.
    public static func json(_ map: MessageMap) throws(MessageError) -> OutboundFrame {
        .text(try JSON.encode(.map(map)))
    }
}
