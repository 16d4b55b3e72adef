/// One whole message of a client.
package enum InboundMessage: Sendable, Hashable {
    /// A text message; valid UTF-8.
    case text(String)
    /// A binary message.
    case binary([UInt8])
}
