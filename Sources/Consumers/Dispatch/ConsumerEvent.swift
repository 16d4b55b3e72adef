package import ChannelLayers
package import Messages

/// What a session passes to its consumer.
package enum ConsumerEvent: Sendable {
    case connected
    case text(String)
    case binary([UInt8])
    case message(Message)
    case gap([GroupName])
    case answered(UInt64)
    case disconnected(CloseCode)
}
