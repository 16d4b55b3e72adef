public import ChannelLayers
import Logging
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
    /// Told of joins that nobody waits for.
    private var logger: Logger?

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

    /// The same connection, on which waits to join stop a clock, if there is one.
    func watched(by watch: HandlerWatch?, logger: Logger) -> Connection {
        var copy = self
        copy.watch = watch
        copy.logger = logger
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

    /// Pings the client behind whatever was sent to it before.
    ///
    /// The consumer hears of the answer in `answered(_:on:)`: then all that was sent before has arrived at the client, also
    /// at one that never acknowledges anything itself (RFC 6455 section 5.5.3). A client that never answers is closed by
    /// the front's keep-alive.
    ///
    /// - Parameter mark: Comes back with the answer.
    public func ping(_ mark: UInt64) {
        transport.ping(mark)
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

    /// Begins to join a group, and does not wait until the channel layer has taken it.
    ///
    /// For groups that a consumer can do without, such as one that is there to be counted: the client is served at once,
    /// also while the channel layer's server is away. What is sent to the group reaches the client as soon as the layer
    /// has taken the join. A join that fails closes nothing and is logged at level `debug`; the connection is then not
    /// counted.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - person: Who is behind the connection, for groups that count people too; `nil` if that does not matter.
    public func startJoining(_ group: GroupName, as person: Person? = nil) {
        transport.join(group, as: person) { [logger, channel] result in
            guard case .failure(let error) = result else { return }
            logger?.debug(
                "a connection has not joined a group",
                metadata: ["channel": "\(channel)", "group": "\(group)", "error": "\(error)"]
            )
        }
    }

    /// Joins a group and gets what it was told before.
    ///
    /// The recorded messages are rendered as if they were sent now, each with its `id`, and come before everything that
    /// is recorded from then on: nothing twice, nothing missed, nothing out of order. What is sent to the group without
    /// being recorded, such as its count, comes when it is sent. Where messages may be missing because they are no longer
    /// kept, `Message.historyGap` comes first. On return the client has been sent the history; messages that are rendered
    /// as `.personal` reach the consumer after it returns.
    ///
    /// A client that reads slowly is waited for, so that a long history closes nobody. A connection that is in the group
    /// already is sent the history from the start that it names, and then what came meanwhile.
    ///
    /// ```swift
    /// let last = connection.scope.parameter("last").flatMap { MessageID($0) }
    /// try await connection.join("room", from: last.map { .after($0) } ?? .newest(50))
    /// ```
    ///
    /// When this throws, the connection is not in the group.
    ///
    /// - Parameters:
    ///   - group: The group; one that keeps no history has none.
    ///   - person: Who is behind the connection, for groups that count people too; `nil` if that does not matter.
    ///   - start: From where on.
    /// - Throws: `.closed` if the connection ended first, `.unavailable` if the history cannot be read now, `.refused` if
    ///   the server does not take the join.
    public func join(
        _ group: GroupName,
        as person: Person? = nil,
        from start: HistoryStart
    ) async throws(ChannelLayerError) {
        watch?.joinBegins()
        defer { watch?.joinEnds() }
        let result = await withCheckedContinuation { continuation in
            transport.join(group, as: person, from: start) { continuation.resume(returning: $0) }
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

    /// Sends a message to every member of a group and records it in the group's history, if it keeps one.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - group: The group.
    /// - Returns: The message's id; `nil` if the group keeps no history.
    /// - Throws: As `groupSend(_:to:excludingSelf:)`.
    @discardableResult
    public func groupRecord(_ message: Message, to group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        try await layer.groupRecord(message, to: group)
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
