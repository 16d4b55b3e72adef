public import ChannelLayers
public import Logging

/// Which consumer answers which path.
public struct ConsumerRouter: Sendable {
    /// A route that a path matched.
    package struct Match: Sendable {
        package let kind: ConsumerKind
        package let arguments: [String: String]
        package let whileUnready: UnreadyPolicy
    }

    private var routes: [(pattern: RoutePattern, kind: ConsumerKind, whileUnready: UnreadyPolicy)] = []

    /// Makes a router without routes.
    public init() {}

    /// Adds a route.
    ///
    /// Of several that match a path the one that was added first answers.
    ///
    /// - Parameters:
    ///   - pattern: A path, with `<name>` for a segment that the scope's arguments will hold.
    ///   - whileUnready: What becomes of new connections while the channel layer's server is away.
    ///   - make: Makes the consumer of one connection from its scope.
    /// - Throws: `RoutingError` when the pattern is not well formed or was added before.
    public mutating func add<C: Consumer>(
        _ pattern: String,
        whileUnready: UnreadyPolicy = .accept,
        _ make: @escaping @Sendable (Scope) -> C
    ) throws(RoutingError) {
        try add(pattern, whileUnready, ConsumerKind(make))
    }

    /// Adds a route whose connections are answered by a worker in another process, such as Django's `runworker`.
    ///
    /// The worker receives from the channel: `websocket.connect`, a `websocket.receive` for each message of the client,
    /// and `websocket.disconnect`, each with a `reply_channel`. To that channel, or to a group, it sends
    /// `websocket.accept`, `websocket.send`, `websocket.close`, `group.add` and `group.discard`. A connection is closed
    /// with 1013 while the channel is full or the layer's server away.
    ///
    /// - Parameters:
    ///   - pattern: A path, as for a consumer; the worker gets its arguments.
    ///   - channel: A general channel.
    ///   - acceptTimeout: How long a worker may take to answer a new connection, which is closed with 1013 then. A frame
    ///     alone is no answer: any of the other messages is.
    ///   - whileUnready: What becomes of new connections while the channel layer's server is away.
    ///   - logger: Says what a worker did wrong.
    /// - Throws: `RoutingError` when the pattern is not well formed or was added before, or the channel is not general.
    public mutating func add(
        _ pattern: String,
        worker channel: ChannelName,
        acceptTimeout: Duration = .seconds(10),
        whileUnready: UnreadyPolicy = .accept,
        logger: Logger = Logger(label: "muster.workers")
    ) throws(RoutingError) {
        guard channel.isGeneral else { throw .notGeneral(pattern, channel: channel.rawValue) }
        try add(
            pattern,
            whileUnready,
            ConsumerKind { _ in WorkerConsumer(worker: channel, acceptTimeout: acceptTimeout, logger: logger) }
        )
    }

    private mutating func add(
        _ pattern: String,
        _ whileUnready: UnreadyPolicy,
        _ kind: ConsumerKind
    ) throws(RoutingError) {
        let parsed = try RoutePattern(pattern)
        guard !routes.contains(where: { $0.pattern == parsed }) else { throw .duplicate(pattern) }
        routes.append((parsed, kind, whileUnready))
    }

    /// Finds the route for a path.
    package func match(_ path: some StringProtocol) -> Match? {
        for (pattern, kind, whileUnready) in routes {
            if let arguments = pattern.match(path) {
                return Match(kind: kind, arguments: arguments, whileUnready: whileUnready)
            }
        }
        return nil
    }
}
