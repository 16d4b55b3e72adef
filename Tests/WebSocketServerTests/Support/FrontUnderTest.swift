import ChannelLayers
import Consumers
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import WebSocketServer

/// A front that runs on a free port of the loopback interface, with its channel layer, while a test's body does.
final class FrontUnderTest: Sendable {
    /// Two event loops for all fronts of the tests; never shut down, so that late tasks find them.
    static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)

    let port: Int
    let layer: any ChannelLayer
    /// The front as its layer sees it.
    var receiver: any ChannelLayerReceiver { front }
    let front: Front
    private let services: ServiceGroup
    private let task: Task<Void, any Error>
    private let running: EventLoopFuture<Void>
    private let clients = Mutex<[RawClient]>([])

    init(port: Int, layer: any ChannelLayer, front: Front, services: ServiceGroup, task: Task<Void, any Error>) {
        self.port = port
        self.layer = layer
        self.front = front
        self.services = services
        self.task = task
        running = Self.loops.next().makeFutureWithTask { try await task.value }
    }

    /// A connection that has sent nothing yet; closed with the front at the latest.
    func connect(receiveBuffer: Int32? = nil) async throws -> RawClient {
        let client = try await RawClient.connect(port: port, receiveBuffer: receiveBuffer)
        clients.withLock { $0.append(client) }
        return client
    }

    /// A WebSocket.
    func open(_ target: String = "/ws", receiveBuffer: Int32? = nil) async throws -> RawClient {
        let client = try await connect(receiveBuffer: receiveBuffer)
        try await client.upgrade(target)
        return client
    }

    /// A WebSocket that is in a group.
    func open(in group: String) async throws -> RawClient {
        let client = try await open("/ws?\(group)")
        guard try await client.text() == "joined" else { throw TestFailure("the consumer did not join") }
        return client
    }

    /// Begins the graceful shutdown.
    func shutDown() async {
        await services.triggerGracefulShutdown()
    }

    /// Ends it without grace.
    func cancel() {
        task.cancel()
    }

    /// Waits until the front's `run()` has returned, or thrown because it was cancelled.
    func finish(within limit: TimeAmount = .seconds(20)) async throws {
        do {
            try await running.get("the front's run() returns", within: limit)
        } catch is CancellationError {
            return
        }
    }

    func closeClients() {
        for client in clients.withLock({ $0 }) { client.channel.close(promise: nil) }
    }
}

extension FrontConfiguration {
    /// A free port and short limits.
    static func test(
        pingInterval: Duration = .seconds(60),
        closeTimeout: Duration = .seconds(1),
        handshakeTimeout: Duration = .seconds(10),
        httpIdleTimeout: Duration = .seconds(60),
        outboundLimit: Int = 1 << 20,
        maximumMessageLength: Int = 1 << 20,
        consumerTimeout: Duration = .seconds(30),
        drainDelay: Duration = .zero,
        drainTime: Duration = .zero
    ) -> FrontConfiguration {
        FrontConfiguration(
            port: 0,
            pingInterval: pingInterval,
            closeTimeout: closeTimeout,
            handshakeTimeout: handshakeTimeout,
            httpIdleTimeout: httpIdleTimeout,
            outboundLimit: outboundLimit,
            maximumMessageLength: maximumMessageLength,
            consumerTimeout: consumerTimeout,
            drainDelay: drainDelay,
            drainTime: drainTime
        )
    }
}

/// Runs a front with scripted consumers at `/ws` and `/ws/<name>`, with a gated one at `/gated` if there is a gate, and
/// with further routes and pages.
func withFront(
    _ configuration: FrontConfiguration = .test(),
    layer: any ChannelLayer = InMemoryChannelLayer(),
    journal: Journal = Journal(),
    gate: Gate? = nil,
    routes: (inout ConsumerRouter) throws -> Void = { _ in },
    pages: (Router<BasicRequestContext>) -> Void = { _ in },
    _ body: (FrontUnderTest) async throws -> Void
) async throws {
    var consumers = ConsumerRouter()
    try consumers.add("/ws") { _ in ScriptedConsumer(journal: journal) }
    try consumers.add("/ws/<name>") { _ in ScriptedConsumer(journal: journal) }
    if let gate { try consumers.add("/gated") { _ in GatedConsumer(journal: journal, gate: gate) } }
    try routes(&consumers)
    let logger = Logger(label: "front under test") { _ in SwiftLogNoOpLogHandler() }
    let listening = FrontUnderTest.loops.next().makePromise(of: Int.self)
    let front = Front(
        configuration: configuration,
        layer: layer,
        consumers: consumers,
        eventLoopGroup: FrontUnderTest.loops,
        logger: logger,
        onListening: { listening.succeed($0.port ?? 0) },
        routes: pages
    )
    let services = ServiceGroup(configuration: .init(services: [layer, front], logger: logger))
    let task = Task {
        do {
            try await services.run()
        } catch {
            listening.fail(error)
            throw error
        }
    }
    let port = try await listening.futureResult.get("the front listens")
    let test = FrontUnderTest(port: port, layer: layer, front: front, services: services, task: task)

    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await body(test))
    } catch {
        outcome = .failure(error)
    }
    test.closeClients()
    await test.shutDown()
    try outcome.get()
    try await test.finish()
}
