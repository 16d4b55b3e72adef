import ChannelLayers
import Consumers
import Messages

/// A room, and who enters it by one connection: what both wires of the chat share.
struct ChatRoom: Sendable {
    /// The room of `/chat/`.
    static let lobby = "lobby"
    /// The type of the message in which someone says something: `{"type": "chat.message", "name": "Ann", "text": "hi"}`.
    static let message = "chat.message"
    /// How a room is told who came and who went.
    static let presence = PresenceMessage(joined: "chat.joined", left: "chat.left", field: "name")
    /// How a room is told how many connections and how many people are in it.
    static let count = CountMessage(type: "chat.count", field: "connections", peopleField: "people")
    /// What a client hears that asked to be closed.
    static let farewell = "The server closes the connection, as you asked."
    /// How many messages those get who come for the first time.
    static let recentMessages = 50

    /// The room's group: `ZCARD asgi:group:chat.<room>` counts its connections.
    let group: GroupName
    /// Who it is; `nil` for a connection without a name, which is no person.
    let person: Person?
    /// What the client has not seen yet.
    private let start: HistoryStart
    private let media: any MediaKeeper

    /// Reads the room from the path, and the name and the last message seen from the query.
    init(_ scope: Scope, media: any MediaKeeper) throws(Closing) {
        self.media = media
        guard let group = GroupName("chat.", pathSegment: scope.arguments["room"] ?? Self.lobby) else {
            throw Closing(
                .policyViolation,
                reason:
                    "a room has 1 to 94 ASCII letters, digits, hyphens, underscores or full stops, and is not . or .."
            )
        }
        self.group = group
        do {
            person = try Self.person(scope)
        } catch {
            throw Closing(
                .policyViolation,
                reason: "a name has at most \(UserName.maximumLength) bytes of UTF-8 and no control characters"
            )
        }
        do {
            start = try scope.lastSeen().map { .after($0) } ?? .newest(Self.recentMessages)
        } catch {
            throw Closing(.policyViolation, reason: error.description)
        }
    }

    private static func person(_ scope: Scope) throws -> Person? {
        guard scope.hasParameter("name") else { return nil }
        guard let name = scope.parameter("name") else { throw NameNotUTF8() }
        return name.isEmpty ? nil : Person(try UserName(name), presence: presence)
    }

    private struct NameNotUTF8: Error {}

    /// Joins, sends what the client has not seen, and tells the room that there is one more.
    func enter(_ connection: Connection) async throws {
        try await connection.join(group, as: person, from: start)
        connection.announceCount(of: group, as: Self.count)
    }

    /// Tells everyone in the room, the sender too, and keeps it for those who come later.
    func say(_ text: String, on connection: Connection) async throws {
        var fields: MessageMap = ["text": .string(text)]
        if let person { fields["name"] = .string(person.user.rawValue) }
        await media.keepMedia(namedIn: text)
        try await connection.groupRecord(Message(type: Self.message, fields), to: group)
    }

    /// Tells the room that there is one less.
    func left(_ connection: Connection) {
        connection.announceCount(of: group, as: Self.count)
    }
}
