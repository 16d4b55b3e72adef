public import ChannelLayers
public import Messages

/// What answers one WebSocket connection.
///
/// A route makes one value per connection. Its methods are called in order, one at a time, so its own properties need
/// no lock; they may await, and while they do, further events of the connection wait. A method that throws ends the
/// connection: as it says if it throws ``Closing``, with 1013 if the channel layer's server is away (`.unavailable`), else
/// with 1011. One that takes longer than the front's limit, waits to join a group not counted, ends it with 1011 and has
/// its task cancelled. Of all that comes after, a connection so ended hears of nothing but `disconnected`. A method that
/// computes for long without awaiting holds up all connections of its event loop. Between events a consumer costs no task
/// and no timer.
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
    /// - Throws: Anything; the connection is closed.
    mutating func connected(_ connection: Connection) async throws

    /// The client sent a text message.
    ///
    /// - Parameters:
    ///   - text: The message.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed.
    mutating func received(_ text: String, on connection: Connection) async throws

    /// The client sent a binary message.
    ///
    /// - Parameters:
    ///   - bytes: The message.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed.
    mutating func received(_ bytes: [UInt8], on connection: Connection) async throws

    /// A group or the channel got a message that `render` called personal.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed.
    mutating func received(_ message: Message, on connection: Connection) async throws

    /// Messages to groups may have been missed, because the front had lost its channel layer's server for a while.
    ///
    /// A client that keeps a copy of something can be told to fetch it anew. A group whose history could be read
    /// instead is not named; it gets what is recorded, and then `Message.historyCaughtUp`.
    ///
    /// - Parameters:
    ///   - groups: Those of the connection's groups that are concerned.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed.
    mutating func gap(in groups: [GroupName], on connection: Connection) async throws

    /// The client has answered a ping of `Connection.ping`: whatever was sent before that has arrived.
    ///
    /// - Parameters:
    ///   - mark: What the ping carried.
    ///   - connection: The connection.
    /// - Throws: Anything; the connection is closed.
    mutating func answered(_ mark: UInt64, on connection: Connection) async throws

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
    /// Messages of a group's history come here too, again and with their `id`, and so does `Message.historyGap`. Rendered
    /// as frames they are paced by what the client reads; as `.personal` they wait for the consumer, of which a connection
    /// lets at most 1,024 do so.
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
    public mutating func answered(_ mark: UInt64, on connection: Connection) async throws {}
    /// Does nothing.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {}
    /// Knows no message.
    public static func render(_ message: Message) throws -> Rendering { .unknown }
}
