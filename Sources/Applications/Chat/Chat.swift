public import ChannelLayers
public import Consumers
public import Messages

/// A chat room in plain text: what one sends, all in the room get, the sender too.
///
/// Whoever comes first gets the room's last 50 messages. The text `close` makes the server say that it closes as asked,
/// and close.
public struct Chat: Consumer {
    /// The group of all who chat, in whichever room: `ZCARD asgi:group:chat`.
    public static let total: GroupName = "chat"

    private let room: ChatRoom

    /// Makes the chat's part of one connection.
    ///
    /// - Parameters:
    ///   - scope: The room is the argument `room` of the path; the query may have a `name` and a `last` id.
    ///   - media: Keeps the files that are named in what is said.
    /// - Throws: `Closing` when one of them breaks the rules.
    public init(_ scope: Scope, media: any MediaKeeper) throws(Closing) {
        room = try ChatRoom(scope, media: media)
    }

    /// Makes the part of one connection of a chat in which no files are named.
    ///
    /// - Parameter scope: As for the other initializer.
    /// - Throws: `Closing` when it breaks the rules.
    public init(_ scope: Scope) throws(Closing) {
        try self.init(scope, media: NoMedia())
    }

    /// Enters the room.
    public mutating func connected(_ connection: Connection) async throws {
        try await connection.join(Self.total)
        try await room.enter(connection)
    }

    /// Tells the room.
    public mutating func received(_ text: String, on connection: Connection) async throws {
        switch ChatInput(text) {
        case .text(let text): try await room.say(text, on: connection)
        case .nothing: break
        case .tooLong: throw Closing(.messageTooBig, reason: ChatInput.lengthRule)
        case .close:
            connection.send(.text(ChatRoom.farewell))
            throw Closing()
        }
    }

    /// Takes no bytes.
    public mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        throw Closing(.unsupportedData, reason: "a chat takes text only")
    }

    /// Tells the room.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        room.left(connection)
    }

    /// The text alone.
    public static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case ChatRoom.message:
            guard let text = message["text"]?.stringValue else { return .unknown }
            return .frame(.text(text))
        // Clients of this wire take whatever comes for something that was said.
        case ChatRoom.presence.joined, ChatRoom.presence.left, ChatRoom.count.type, Message.historyGap.type,
            Message.historyCaughtUp.type:
            return .nothing
        default:
            return .unknown
        }
    }
}
