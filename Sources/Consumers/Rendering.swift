/// What becomes of a channel layer's message at the connections of one consumer type.
public enum Rendering: Sendable {
    /// Every member gets this frame. It is framed once per front and the same bytes go to all.
    case frame(OutboundFrame)
    /// Every member's own `received(_:on:)` for messages decides; for what differs between connections.
    case personal
    /// Every member is closed with this code.
    case close(CloseCode)
    /// Nothing is sent.
    case nothing
    /// The consumer type does not know this message; counted and logged, nothing is sent.
    case unknown
}
