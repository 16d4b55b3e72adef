public import ChannelLayers
public import Messages

/// What answers one WebSocket connection.
///
/// A route makes one value per connection. Its methods are called in order, one at a time, so its own properties need
/// no lock; they may await, and while they do, further events of the connection wait. A method that throws ends the
/// connection with close code 1011, and so does one that takes longer than the front's limit, waits to join a group not
/// counted: its task is cancelled, and when it returns only `disconnected` is still called. A method that computes for
/// long without awaiting holds up all connections of its event loop. Between events a consumer costs no task and no
/// timer.
///
/// ```swift
/// struct Room: Consumer {
///     mutating func connected(_ connection: Connection) async throws {
///         try await connection.join("room")
///     }
///     mutating func received(_ text: String, on connection: Connection) async throws {
///         try await connection.groupSend(Message(type: "chat", ["text": .string(text)]), to: "room")
///     }
///     static func render(_ message: Message) throws -> Rendering {
///         .frame(.text(message["text"]?.stringValue ?? ""))
///     }
/// }
/// ```
public protocol Consumer: Sendable {
    /// The connection is open.
    ///
    /// - Parameter connection: The connection.
    /// - Throws: Anything; the connection is closed with 1011.
    mutating func connected(_ connection: Connection) async throws

    /// The client sent a text message.
    ///
    /// - Parameters:
    ///   - text: The message.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed with 1011.
    mutating func received(_ text: String, on connection: Connection) async throws

    /// The client sent a binary message.
    ///
    /// - Parameters:
    ///   - bytes: The message.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed with 1011.
    mutating func received(_ bytes: [UInt8], on connection: Connection) async throws

    /// A group or the channel got a message that `render` called personal.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed with 1011.
    mutating func received(_ message: Message, on connection: Connection) async throws

    /// Messages to groups may have been missed, because the front had lost its channel layer's server for a while.
    ///
    /// A client that keeps a copy of something can be told to fetch it anew.
    ///
    /// - Parameters:
    ///   - groups: Those of the connection's groups that are concerned.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed with 1011.
    mutating func gap(in groups: [GroupName], on connection: Connection) async throws

    /// The connection has ended and has left all its groups. Sending to it does nothing.
    ///
    /// - Parameters:
    ///   - connection: The connection.
    ///   - code: The close code of whoever closed first; 1005 if the client gave none, 1006 if it was lost or broke
    ///     the protocol.
    /// - Throws: Anything; counted and logged.
    mutating func disconnected(_ connection: Connection, code: CloseCode) async throws

    /// How a channel layer's message looks on the wire. Called once per front and message, not once per connection.
    ///
    /// - Parameter message: The message.
    /// - Returns: What the members get.
    /// - Throws: Anything; counted and logged, nothing is sent.
    static func render(_ message: Message) throws -> Rendering
}

extension Consumer {
    /// Does nothing.
    public mutating func connected(_ connection: Connection) async throws {}
    /// Does nothing.
    public mutating func received(_ text: String, on connection: Connection) async throws {}
    /// Does nothing.
    public mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {}
    /// Does nothing.
    public mutating func received(_ message: Message, on connection: Connection) async throws {}
    /// Does nothing.
    public mutating func gap(in groups: [GroupName], on connection: Connection) async throws {}
    /// Does nothing.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {}
    /// Knows no message.
    public static func render(_ message: Message) throws -> Rendering { .unknown }
}
