public import ChannelLayers
public import Messages

/// A consumer's hold on its connection.
///
/// A value that may be kept and used from any task.
public struct Connection: Sendable {
    /// The connection's address in the channel layer.
    public let channel: ChannelName
    /// What is known from the opening request.
    public let scope: Scope
    /// The channel layer, for whatever the methods here do not cover.
    public let layer: any ChannelLayer
    private let transport: any ConnectionTransport
    /// Stopped while a handler waits to join; `nil` if handlers may take any time.
    private var watch: HandlerWatch?

    /// Makes a connection; fronts and test communicators do.
    ///
    /// - Parameters:
    ///   - channel: The connection's address in the channel layer.
    ///   - scope: What is known from the opening request.
    ///   - layer: The channel layer.
    ///   - transport: The socket side.
    public init(channel: ChannelName, scope: Scope, layer: any ChannelLayer, transport: any ConnectionTransport) {
        self.channel = channel
        self.scope = scope
        self.layer = layer
        self.transport = transport
    }

    /// The same connection, on which waits to join stop a clock.
    func watched(by watch: HandlerWatch) -> Connection {
        var copy = self
        copy.watch = watch
        return copy
    }

    /// Sends one message to the client.
    ///
    /// A client that reads too slowly is closed with 1013 when its queue is full.
    ///
    /// - Parameter frame: The message.
    public func send(_ frame: OutboundFrame) {
        transport.send(frame)
    }

    /// Closes the connection.
    ///
    /// - Parameters:
    ///   - code: The code the client sees; one that may not be sent becomes 1011.
    ///   - reason: A short text for the client's log.
    public func close(_ code: CloseCode = .normal, reason: String = "") {
        transport.close(code.isSendable ? code : .internalError, reason: reason)
    }

    /// Joins a group.
    ///
    /// On return, whatever is sent to the group from then on reaches the client.
    ///
    /// While the channel layer's server is away this waits; it ends with the connection. A connection leaves its groups
    /// by itself when it ends.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - person: Who is behind the connection, for groups that count people too; `nil` if that does not matter.
    /// - Throws: `.closed` if the connection ended first, `.refused` if the server does not take it.
    public func join(_ group: GroupName, as person: Person? = nil) async throws(ChannelLayerError) {
        watch?.joinBegins()
        defer { watch?.joinEnds() }
        let result = await withCheckedContinuation { continuation in
            transport.join(group, as: person) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    /// Leaves a group.
    ///
    /// - Parameter group: The group.
    public func leave(_ group: GroupName) {
        transport.leave(group)
    }

    /// Sends a message to every member of a group, this connection included if it is one and not left out.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - group: The group.
    ///   - excludingSelf: Whether this connection does not get it.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error,
    ///   `.invalidMessage` when the layer's serializer cannot carry the message.
    public func groupSend(
        _ message: Message,
        to group: GroupName,
        excludingSelf: Bool = false
    ) async throws(ChannelLayerError) {
        try await layer.groupSend(message, to: group, excluding: excludingSelf ? channel : nil)
    }

    /// Tells a group its own count, soon; see `ChannelLayer.announceCount`.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - message: The shape of the message.
    public func announceCount(of group: GroupName, as message: CountMessage) {
        layer.announceCount(of: group, as: message)
    }
}
