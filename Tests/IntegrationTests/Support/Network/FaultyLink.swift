import NIOCore
import NIOPosix

/// A TCP proxy on the way to a server, mostly Redis, that can be made to fail as networks do.
///
/// ```swift
/// let link = try await FaultyLink.start(to: redis.port)
/// let front = try await MusterFront.start(redis: link.url)
/// try await link.set(.swallowed(.both))   // Redis is gone, and no RST tells
/// try await link.set(.none)
/// ```
final class FaultyLink: Sendable {
    /// Where to connect to on 127.0.0.1 instead of to the server.
    let port: Int
    private let listener: any Channel
    private let traffic: NIOLoopBound<LinkTraffic>

    /// The address to give to whatever uses Redis.
    var url: String { "redis://127.0.0.1:\(port)" }

    private init(port: Int, listener: any Channel, traffic: NIOLoopBound<LinkTraffic>) {
        self.port = port
        self.listener = listener
        self.traffic = traffic
    }

    /// Listens on a free port and passes what comes to `server`, a port on 127.0.0.1, and back.
    static func start(to server: Int) async throws -> FaultyLink {
        ResourceLimits.raiseOpenFiles()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let traffic = try await loop.submit { NIOLoopBound(LinkTraffic(server: server), eventLoop: loop) }.get()
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in connect(channel, traffic) }
            .bind(host: "127.0.0.1", port: FreePort.pick())
            .get()
        guard let port = listener.localAddress?.port else {
            throw HarnessError.unexpected("the proxy has no port")
        }
        return FaultyLink(port: port, listener: listener, traffic: traffic)
    }

    /// How many connections were accepted so far.
    var accepted: Int {
        get async throws { try await listener.eventLoop.submit { [traffic] in traffic.value.accepted }.get() }
    }

    /// Begins a fault, or ends it with `.none`; with `.refused` open connections are closed.
    func set(_ fault: LinkFault) async throws {
        try await listener.eventLoop.submit { [traffic] in
            traffic.value.fault = fault
            if fault == .refused { traffic.value.closeAll() }
        }.get()
    }

    /// Leads new connections to another server, as a name or a virtual address that has moved; open ones stay.
    func move(to server: Int) async throws {
        try await listener.eventLoop.submit { [traffic] in traffic.value.server = server }.get()
    }

    /// Makes each byte from now on take so long, in each direction.
    func setDelay(_ delay: Duration) async throws {
        try await listener.eventLoop.submit { [traffic] in traffic.value.delay = TimeAmount(delay) }.get()
    }

    /// Closes the open connections on both sides; new ones pass, or not, as the fault says.
    func cut() async throws {
        try await listener.eventLoop.submit { [traffic] in traffic.value.closeAll() }.get()
    }

    /// Stops listening and closes all connections.
    func stop() async throws {
        try await listener.close().get()
        try await cut()
    }

    // MARK: Private

    /// Connects to the server for a client that has just come; reading begins when both ends are there.
    private static func connect(
        _ client: any Channel,
        _ traffic: NIOLoopBound<LinkTraffic>
    ) -> EventLoopFuture<Void> {
        traffic.value.accepted += 1
        guard traffic.value.fault != .refused else {
            return client.eventLoop.makeFailedFuture(HarnessError.unexpected("the link refuses connections"))
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: traffic.value.server)
            .flatMap { upstream in
                client.eventLoop.makeCompletedFuture { try join(client, upstream, traffic.value) }
                    .flatMap { upstream.setOption(.autoRead, value: true) }
                    .flatMap { client.setOption(.autoRead, value: true) }
                    .flatMapErrorThrowing { error in
                        // The client is gone already.
                        upstream.close(promise: nil)
                        throw error
                    }
            }
    }

    private static func join(_ client: any Channel, _ upstream: any Channel, _ traffic: LinkTraffic) throws {
        let toServer = LinkStream(.toServer, to: upstream, of: traffic)
        let toClient = LinkStream(.toClient, to: client, of: traffic)
        try client.pipeline.syncOperations.addHandler(LinkEnd(toServer, of: traffic))
        try upstream.pipeline.syncOperations.addHandler(LinkEnd(toClient, of: traffic))
        traffic.add(client, source: toServer)
        traffic.add(upstream, source: toClient)
    }
}

/// Runs `body` with a link to a server's port and stops it whatever happens.
func withFaultyLink<Result>(
    to server: Int,
    _ body: (FaultyLink) async throws -> Result
) async throws -> Result {
    let link = try await FaultyLink.start(to: server)
    do {
        let result = try await body(link)
        try await link.stop()
        return result
    } catch {
        try await link.stop()
        throw error
    }
}
