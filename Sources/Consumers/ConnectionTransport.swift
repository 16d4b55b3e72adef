public import ChannelLayers

/// The socket side of a connection, as consumers see it.
///
/// The front and `MusterTesting` implement it.
///
/// Every call is safe from any thread, does nothing once the connection has ended, and takes effect in the order of
/// the calls of one task.
public protocol ConnectionTransport: Sendable {
    /// Sends one message.
    ///
    /// - Parameter frame: The message.
    func send(_ frame: OutboundFrame)

    /// Sends a ping behind whatever was sent before; the session gets `.answered` when its pong comes.
    ///
    /// - Parameter mark: Travels in the ping's payload, and back.
    func ping(_ mark: UInt64)

    /// Starts the closing handshake.
    ///
    /// - Parameters:
    ///   - code: The code.
    ///   - reason: At most 123 bytes of UTF-8 reach the client.
    func close(_ code: CloseCode, reason: String)

    /// Adds the connection to a group: to the front's own table, and to the channel layer.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - person: Who is behind the connection, if that matters.
    ///   - whenDone: Called once, on any thread.
    func join(
        _ group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    )

    /// Adds the connection to a group as `join` does, and sends it the group's history, rendered as the group's messages
    /// are, before what the group is told from then on.
    ///
    /// Nothing of the group is sent twice, missed, or out of order; `Message.historyGap` comes first where the history
    /// has a gap.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - person: Who is behind the connection, if that matters.
    ///   - start: From where on.
    ///   - whenDone: Called once, on any thread, when the history is sent.
    func join(
        _ group: GroupName,
        as person: Person?,
        from start: HistoryStart,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    )

    /// Takes the connection out of a group.
    ///
    /// - Parameter group: The group.
    func leave(_ group: GroupName)
}
