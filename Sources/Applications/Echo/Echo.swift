public import ChannelLayers
public import Consumers

/// Sends back what it receives, text as text and bytes as bytes.
public struct Echo: Consumer {
    /// The group of all who are connected: `ZCARD asgi:group:echo`.
    public static let group: GroupName = "echo"

    /// Makes the echo's part of one connection.
    public init() {}

    /// Joins, to be counted; that is nothing an answer has to wait for.
    public mutating func connected(_ connection: Connection) async throws {
        connection.startJoining(Self.group)
    }

    /// Sends the text back.
    public mutating func received(_ text: String, on connection: Connection) async throws {
        connection.send(.text(text))
    }

    /// Sends the bytes back.
    public mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        connection.send(.binary(bytes))
    }
}
