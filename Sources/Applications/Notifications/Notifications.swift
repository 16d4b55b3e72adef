import ChannelLayers
public import Consumers
public import Messages

/// A user's notifications: whatever any process sends to the group `message.<user>` as
/// `{"type": "websocket.send", "text": "…"}` arrives as that text, one frame each; with `bytes`, as a binary frame.
///
/// Clients that pass the id of the last message they have seen, as `?last=<id>`, get what came after it first. They
/// learn ids from ``StructuredNotifications``.
public struct Notifications: Consumer {
    /// The path of the WebSocket, also of ``StructuredNotifications``.
    public static let path = NotificationStream.path

    private let stream: NotificationStream

    /// Makes the notifications' part of one connection.
    ///
    /// - Parameter scope: The user is the argument `user` of the path; the query may have a `last` id.
    /// - Throws: `Closing` when one of them breaks the rules.
    public init(_ scope: Scope) throws(Closing) {
        stream = try NotificationStream(scope)
    }

    /// Joins the user's group, and sends what the client has missed if it says what it has seen.
    public mutating func connected(_ connection: Connection) async throws {
        try await connection.join(NotificationStream.total)
        if let last = stream.last {
            try await connection.join(stream.group, from: .after(last))
        } else {
            try await connection.join(stream.group)
        }
    }

    /// The text or the bytes alone.
    public static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case "websocket.send": .frame(try OutboundFrame(webSocketSend: message))
        // These clients could not tell it from a notification.
        case Message.historyGap.type, Message.historyCaughtUp.type: .nothing
        default: .unknown
        }
    }
}
