import ChannelLayers
import Consumers

/// What a connection to `/message/<user>/stream/` asks for: whose notifications, and from where on.
///
/// Both wires read the opening request alike. They differ in how they render.
struct NotificationStream {
    /// The path of the WebSocket.
    static let path = "/message/<user>/stream/"
    /// The group that every such connection is in: `ZCARD asgi:group:notifications` counts them all.
    static let total: GroupName = "notifications"
    private static let prefix = "message."

    /// The user's own group.
    let group: GroupName
    /// The last notification that the client has seen; `nil` if it passed none.
    let last: MessageID?

    /// Reads the user from the path, and the last message seen from the query.
    init(_ scope: Scope) throws(Closing) {
        guard let group = GroupName(Self.prefix, pathSegment: scope.arguments["user"] ?? "") else {
            let longest = GroupName.maximumLength - Self.prefix.utf8.count
            throw Closing(
                .policyViolation,
                reason:
                    "a user has 1 to \(longest) ASCII letters, digits, hyphens, underscores or full stops, and is not . or .."
            )
        }
        self.group = group
        do {
            last = try scope.lastSeen()
        } catch {
            throw Closing(.policyViolation, reason: error.description)
        }
    }
}
