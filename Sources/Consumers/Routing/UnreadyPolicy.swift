/// What becomes of a route's new connections while the channel layer cannot do its work, as when Redis is away.
///
/// Connections that are open stay open in any case.
public enum UnreadyPolicy: Sendable, Hashable {
    /// They are opened: what their consumers join waits until the layer's server is back.
    case accept
    /// They are closed with 1013 at once, so that their clients try again later; their consumers never hear of them.
    case refuse
}
