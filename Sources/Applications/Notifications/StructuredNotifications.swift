public import ChannelLayers
public import Consumers
import Foundation
public import Messages

/// A user's notifications for clients of `/muster.js`: each comes with its id, with which the client goes on after a
/// break.
///
/// ```json
/// {"type": "position", "id": "1732219200000-0"}
/// {"type": "message", "id": "1732219200123-0", "text": "hello"}
/// {"type": "gap"}
/// ```
///
/// The first frame says where a new client begins, so that nothing is lost that is sent after it, even if nothing comes
/// before the break; there is none if the group keeps no history. Bytes come as `base64` instead of `text`.
public struct StructuredNotifications: Consumer {
    private let stream: NotificationStream

    /// Makes the notifications' part of one connection.
    ///
    /// - Parameter scope: As for ``Notifications``.
    /// - Throws: `Closing` when the user or the last id breaks the rules.
    public init(_ scope: Scope) throws(Closing) {
        stream = try NotificationStream(scope)
    }

    /// Joins the user's group; what came after the client's position is sent first.
    public mutating func connected(_ connection: Connection) async throws {
        // First: a join waits while the layer's server is away, and what follows would fail.
        try await connection.join(NotificationStream.total)
        // Read before the join: what comes in between is after it, and sent.
        let end = try await connection.layer.historyEnd(of: stream.group)
        if stream.last == nil, let end { connection.send(try StructuredFrame.position(end)) }
        if let start = stream.last ?? end {
            try await connection.join(stream.group, from: .after(start))
        } else {
            try await connection.join(stream.group)
        }
        // By now all up to there is sent. After a gap the client has no other position to come back with.
        if stream.last != nil, let end { connection.send(try StructuredFrame.position(end)) }
    }

    /// Tells the client that messages may be missing.
    public mutating func gap(in groups: [GroupName], on connection: Connection) async throws {
        if groups.contains(stream.group) { connection.send(try StructuredFrame.gap()) }
    }

    /// The text, or the bytes in base64, with the id; a gap as such.
    public static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case "websocket.send":
            switch try OutboundFrame(webSocketSend: message) {
            case .text(let text):
                .frame(try StructuredFrame.frame("message", of: message, ["text": .string(text)]))
            case .binary(let bytes):
                .frame(
                    try StructuredFrame.frame(
                        "message",
                        of: message,
                        ["base64": .string(Data(bytes).base64EncodedString())]
                    )
                )
            }
        case Message.historyGap.type: .frame(try StructuredFrame.gap())
        // What was recorded has come; what was only sent meanwhile has not.
        case Message.historyCaughtUp.type: .frame(try StructuredFrame.gap())
        default: .unknown
        }
    }
}
