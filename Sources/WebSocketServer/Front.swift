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
    private let application: Application<RouterResponder<BasicRequestContext>>
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
        HealthRoutes(layer: layer).add(to: router)
        routes(router)
        application = Application(
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
        layer.attach(self)
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// On shutdown every WebSocket is closed with 1012, each leaves its groups, and it returns when all connections are
    /// gone, the close timeout at the latest.
    ///
    /// - Throws: What binding to the address throws.
    public func run() async throws {
        let ticking = loops.startTicking()
        defer { for task in ticking { task.cancel() } }
        let outcome: Result<Void, any Error>
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: { [loops] in
                loops.onEach { $0.shutDown() }
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // The application does not wait for WebSockets; after a cancellation they have yet to hear of it.
        loops.onEach { $0.shutDown() }
        try await loops.emptied()
        try outcome.get()
    }
}

extension Front: ChannelLayerReceiver {
    /// Fans a group message out to this front's members.
    public func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        FrontMetrics.groupMessages.increment()
        let delivery = GroupDelivery(message, logger: logger)
        loops.onEach { $0.deliver(delivery, to: group, excluding: excluded) }
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
