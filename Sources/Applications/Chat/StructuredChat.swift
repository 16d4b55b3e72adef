public import ChannelLayers
public import Consumers
public import Messages

/// The same rooms as those of `Chat`, for clients that speak `muster.v1`: they also see who is there.
///
/// The client sends plain texts. It hears
/// - `{"type": "message", "id": …, "name": "Ann", "text": "hi"}`, without a name if the sender has none;
/// - `{"type": "position", "id": …}` after what was said before: from there the client goes on if it hears nothing more;
/// - `{"type": "roll"}` when the server is about to read who is there: once it is in the room, and whenever it may have
///   missed somebody who came or went;
/// - `{"type": "here", "names": […]}` after it, with `"more": 7` if there are people who are not listed;
/// - `{"type": "joined", "name": "Ann"}` and `{"type": "left", "name": "Ann"}`. Those between `roll` and `here` count too:
///   the names are those of `here` with all that was heard since the last `roll` applied to them, in order;
/// - `{"type": "count", "connections": "3", "people": "2"}`;
/// - `{"type": "gap"}` where messages may be missing;
/// - `{"type": "error", "text": …}` when its message was not taken, and `{"type": "notice", "text": …}` before the server
///   closes as it was asked to.
public struct StructuredChat: Consumer {
    private let room: ChatRoom

    /// Makes the chat's part of one connection.
    ///
    /// - Parameters:
    ///   - scope: As for `Chat`.
    ///   - media: As for `Chat`.
    /// - Throws: `Closing` when the room, the name or the last id breaks the rules.
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

    /// Enters the room, and shows who is there.
    public mutating func connected(_ connection: Connection) async throws {
        // First: a join waits while the layer's server is away, and what follows would fail.
        try await connection.join(Chat.total)
        // Read before the history is sent, and told after it: a client that has heard nothing yet goes on from there.
        let end = try await connection.layer.historyEnd(of: room.group)
        try await room.enter(connection)
        if let end { connection.send(try StructuredFrame.position(end)) }
        try await roll.call(connection)
    }

    /// Tells the room.
    public mutating func received(_ text: String, on connection: Connection) async throws {
        switch ChatInput(text) {
        case .text(let text):
            do {
                try await room.say(text, on: connection)
            } catch let error as ChannelLayerError where [.unavailable, .refused].contains(error.code) {
                try complain("That was not sent. Try again in a while.", to: connection)
            }
        case .nothing: break
        case .tooLong: try complain("That was not sent: \(ChatInput.lengthRule).", to: connection)
        case .close:
            connection.send(try StructuredFrame.frame("notice", ["text": .string(ChatRoom.farewell)]))
            throw Closing()
        }
    }

    /// Takes no bytes.
    public mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        throw Closing(.unsupportedData, reason: "a chat takes text only")
    }

    /// Shows that messages may be missing, and who is there now.
    public mutating func gap(in groups: [GroupName], on connection: Connection) async throws {
        guard groups.contains(room.group) else { return }
        connection.send(try StructuredFrame.gap())
        try await callRollAgain(connection)
    }

    /// Shows who is there now: all that was said has come, but not who came and went meanwhile.
    public mutating func received(_ message: Message, on connection: Connection) async throws {
        if message.type == Message.historyCaughtUp.type { try await callRollAgain(connection) }
    }

    /// Tells the room.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        room.left(connection)
    }

    /// The message with its type's short name.
    public static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case ChatRoom.message where message["text"]?.stringValue != nil:
            .frame(try frame("message", of: message, ["name", "text"]))
        case ChatRoom.presence.joined: .frame(try frame("joined", of: message, ["name"]))
        case ChatRoom.presence.left: .frame(try frame("left", of: message, ["name"]))
        case ChatRoom.count.type: .frame(try frame("count", of: message, ["connections", "people"]))
        case Message.historyGap.type: .frame(try StructuredFrame.gap())
        case Message.historyCaughtUp.type: .personal
        default: .unknown
        }
    }

    /// Shows those of the message's fields that are text.
    private static func frame(_ type: String, of message: Message, _ fields: [String]) throws -> OutboundFrame {
        var shown: MessageMap = [:]
        for field in fields {
            if let text = message[field]?.stringValue { shown[field] = .string(text) }
        }
        return try StructuredFrame.frame(type, of: message, shown)
    }

    private var roll: RollCall { RollCall(group: room.group) }

    /// Shows who is there after a break.
    private func callRollAgain(_ connection: Connection) async throws {
        do {
            try await ServerReturn.retrying { try await roll.call(connection) }
        } catch let error as ChannelLayerError where error.code == .unavailable {
            // The server has gone away again. When it comes back, this is called again.
        }
    }

    private func complain(_ text: String, to connection: Connection) throws {
        connection.send(try StructuredFrame.frame("error", ["text": .string(text)]))
    }
}
