public import ChannelLayers
public import Logging

/// Which consumer answers which path.
public struct ConsumerRouter: Sendable {
    /// A route that a path matched.
    package struct Match: Sendable {
        package let kind: ConsumerKind
        package let arguments: [String: String]
        package let whileUnready: UnreadyPolicy
        /// What the route asks for, and the client has offered.
        package let subprotocol: String?
        /// Whether requests for no WebSocket are for the HTTP routes.
        package let isBesidePage: Bool
    }

    private struct Route {
        let pattern: RoutePattern
        let subprotocol: String?
        let kind: ConsumerKind
        let whileUnready: UnreadyPolicy
        let isBesidePage: Bool
    }

    private var routes: [Route] = []

    /// Makes a router without routes.
    public init() {}

    /// Adds a route.
    ///
    /// Of several that match a path the one that was added first answers. So that clients of one path may be answered in
    /// two ways, the route with a subprotocol is added first, and the one for everybody else behind it.
    ///
    /// - Parameters:
    ///   - pattern: A path, with `<name>` for a segment that the scope's arguments will hold.
    ///   - subprotocol: A WebSocket subprotocol that the client has to offer, and is told of, for the route to match;
    ///     `nil` for a route that does not care.
    ///   - whileUnready: What becomes of new connections while the channel layer's server is away.
    ///   - isBesidePage: Whether the path has a page too: then requests that ask for no WebSocket go to the front's HTTP
    ///     routes, instead of being told that there is a WebSocket only.
    ///   - make: Makes the consumer of one connection from its scope. What it throws closes the connection, as what a
    ///     consumer throws.
    /// - Throws: `RoutingError` when the pattern is not well formed or was added before, also when it was added without a
    ///   subprotocol and now comes with one.
    public mutating func add<C: Consumer>(
        _ pattern: String,
        subprotocol: String? = nil,
        whileUnready: UnreadyPolicy = .accept,
        isBesidePage: Bool = false,
        _ make: @escaping @Sendable (Scope) throws -> C
    ) throws(RoutingError) {
        try add(pattern, subprotocol, whileUnready, isBesidePage, ConsumerKind(make))
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
            nil,
            whileUnready,
            false,
            ConsumerKind { _ in WorkerConsumer(worker: channel, acceptTimeout: acceptTimeout, logger: logger) }
        )
    }

    private mutating func add(
        _ pattern: String,
        _ subprotocol: String?,
        _ whileUnready: UnreadyPolicy,
        _ isBesidePage: Bool,
        _ kind: ConsumerKind
    ) throws(RoutingError) {
        let parsed = try RoutePattern(pattern)
        let isKnown = routes.contains { $0.pattern == parsed && $0.subprotocol == subprotocol }
        guard !isKnown else { throw .duplicate(pattern) }
        if let subprotocol, routes.contains(where: { $0.pattern == parsed && $0.subprotocol == nil }) {
            throw .unreachable(pattern, subprotocol: subprotocol)
        }
        routes.append(
            Route(
                pattern: parsed,
                subprotocol: subprotocol,
                kind: kind,
                whileUnready: whileUnready,
                isBesidePage: isBesidePage
            )
        )
    }

    /// Finds the route for a path and what the client offers to speak.
    package func match(_ path: some StringProtocol, offering subprotocols: [String] = []) -> Match? {
        for route in routes {
            if let wanted = route.subprotocol, !subprotocols.contains(wanted) { continue }
            guard let arguments = route.pattern.match(path) else { continue }
            return Match(
                kind: route.kind,
                arguments: arguments,
                whileUnready: route.whileUnready,
                subprotocol: route.subprotocol,
                isBesidePage: route.isBesidePage
            )
        }
        return nil
    }
}
