public import ChannelLayers
public import Consumers
public import Messages

/// The live online counter: everyone who is connected sees how many are.
///
/// A client's connection is in the group `users`; each change of the group's count is told to all of it as
/// `{"message": "3"}`.
public struct OnlineCounter: Consumer {
    /// The group of those who are online: `ZCARD asgi:group:users`.
    public static let group: GroupName = "users"
    /// The message that carries the count between processes: `{"type": "number", "message": "3"}`.
    public static let count = CountMessage(type: "number", field: "message")

    /// Makes the counter's part of one connection.
    public init() {}

    /// Joins, and tells everyone the new count.
    public mutating func connected(_ connection: Connection) async throws {
        try await connection.join(Self.group)
        connection.announceCount(of: Self.group, as: Self.count)
    }

    /// Tells everyone the new count.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        connection.announceCount(of: Self.group, as: Self.count)
    }

    /// The count as `{"message": "3"}`.
    public static func render(_ message: Message) throws -> Rendering {
        guard message.type == count.type else { return .unknown }
        return .frame(try .json([count.field: message[count.field] ?? .null]))
    }
}
