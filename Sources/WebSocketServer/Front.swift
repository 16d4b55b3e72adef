public import ChannelLayers
public import Consumers
import CoreMetrics
public import Hummingbird
import HummingbirdCore
public import Logging
public import Messages
public import NIOCore
import NIOPosix
public import ServiceLifecycle

/// One stateless front process' server: HTTP and WebSockets on one port.
///
/// Several fronts on one channel layer act as one: a group's members may be connected to any of them.
public final class Front: Service {
    private let configuration: FrontConfiguration
    private let layer: any ChannelLayer
    private let loops: FrontLoops
    private let drain: Drain
    /// The HTTP application, in a group of its own so that its listening can be ended later than this front is told to end.
    private let server: ServiceGroup
    private let logger: Logger

    /// Makes a front; it listens when it runs.
    ///
    /// - Parameters:
    ///   - configuration: How it listens and what it bounds.
    ///   - layer: The channel layer, which hands this front its messages from now on. It runs beside the front.
    ///   - consumers: Which consumer answers which WebSocket path.
    ///   - eventLoopGroup: Where the connections live.
    ///   - logger: Says little at level info.
    ///   - onListening: Called with the bound address once connections are accepted.
    ///   - routes: Adds the HTTP routes. `/healthz` and `/readyz` are there already.
    public init(
        configuration: FrontConfiguration,
        layer: any ChannelLayer,
        consumers: ConsumerRouter,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in },
        routes: (Router<BasicRequestContext>) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.layer = layer
        self.logger = logger
        let loops = FrontLoops(
            group: eventLoopGroup,
            configuration: configuration,
            router: consumers,
            layer: layer,
            logger: logger
        )
        self.loops = loops
        let router = Router()
        let drain = Drain(loops: loops, configuration: configuration, logger: logger)
        self.drain = drain
        HealthRoutes(layer: layer, drain: drain).add(to: router)
        routes(router)
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in FrontChannel(responder: responder, loops: loops) },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "muster",
                backlog: 4096
            ),
            onServerRunning: { channel in
                if let address = channel.localAddress { onListening(address) }
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
        server = ServiceGroup(configuration: ServiceGroupConfiguration(services: [application], logger: logger))
        layer.attach(self)
    }

    /// How many WebSockets are open.
    public var connectionCount: Int { loops.connectionCount }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// On shutdown `/readyz` answers 503 at once; after the drain delay nothing listens any more, and every WebSocket is
    /// closed with 1012, evenly over the drain time. Each leaves its groups as it closes. It returns when all connections
    /// are gone, the close timeout after the last was closed at the latest. A cancellation takes no delay and no drain
    /// time.
    ///
    /// - Throws: What binding to the address throws.
    public func run() async throws {
        let ticking = loops.startTicking()
        defer { for task in ticking { task.cancel() } }
        // Detached: seeing the graceful shutdown, the application would stop listening at once.
        let serving = Task.detached { [server] in try await server.run() }
        let outcome = try await withTaskCancellationHandler {
            let outcome = await withTaskGroup { tasks in
                tasks.addTask { await self.drainWhenTold() }
                let outcome = await serving.result
                tasks.cancelAll()
                await tasks.waitForAll()
                // Of a cancellation, or of having failed, the WebSockets have yet to hear.
                if case .failure = outcome { drain.closeAll() }
                return outcome
            }
            try await loops.emptied()
            return outcome
        } onCancel: {
            serving.cancel()
            drain.closeAll()
        }
        try outcome.get()
    }

    /// Ends what a graceful shutdown takes time for: the delay, and closing one connection after the other.
    ///
    /// Before a graceful shutdown it shortens the one to come.
    public func hurry() {
        drain.hurry()
    }

    private func drainWhenTold() async {
        do {
            try await gracefulShutdown()
        } catch {
            // Cancelled: the front ends without grace, or serves no more.
            return
        }
        await drain.run()
        await server.triggerGracefulShutdown()
    }
}

extension Front: ChannelLayerReceiver {
    /// Fans a group message out to this front's members.
    public func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        FrontMetrics.groupMessages.increment()
        let delivery = GroupDelivery(message, logger: logger)
        loops.onEach { $0.deliver(delivery, to: group, excluding: excluded) }
    }

    /// Tells the consumers of those connections that are in one of the groups, each once.
    public func gap(in groups: [GroupName]) {
        let concerned = Set(groups)
        loops.onEach { $0.tellGap(in: concerned) }
    }

    /// Gives a message to connections of this front.
    ///
    /// Which loop a connection lives on is known to that loop alone: each gets all the names, once, behind whatever was
    /// received before.
    public func receive(_ message: Message, channels: [ChannelName]) {
        guard !channels.isEmpty else { return }
        FrontMetrics.channelMessages.increment()
        let delivery = GroupDelivery(message, logger: logger)
        let tally = ChannelTally(channels: channels.count, loops: loops.count)
        loops.onEach { loop in
            let found = loop.deliver(delivery, to: channels)
            if let missing = tally.count(found), missing > 0 { FrontMetrics.nobodyThere.increment(by: missing) }
        }
    }
}
