import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// The client's side of a WebSocket's opening, on NIO's own upgrader and independent of the server's code.
struct WebSocketHandshake: Sendable {
    /// An open connection: its channel and the server's 101 response.
    struct Opened: Sendable {
        var channel: any Channel
        var response: HTTPResponseHead
    }

    private enum Outcome: Sendable {
        case opened(Opened)
        case refused(EventLoopFuture<NIOHTTPClientResponseFull>)
    }

    var endpoint: Endpoint
    /// Request headers beside those of the upgrade itself: cookies, an origin, subprotocols.
    var headers: HTTPHeaders = [:]
    /// How long connecting, and after it the upgrade, may take.
    var timeout: TimeAmount = .seconds(20)
    /// The kernel's receive buffer in bytes, small to play a slow reader; nil leaves the system's default.
    var receiveBuffer: ChannelOptions.Types.SocketOption.Value?
    /// The longest frame accepted, in bytes.
    var maximumFrame = 1 << 24

    /// Connects and upgrades.
    ///
    /// - Parameters:
    ///   - loop: Where the connection will live.
    ///   - ready: Called on `loop` after a successful upgrade and before the first frame, to add handlers.
    /// - Returns: The open connection; fails with ``HarnessError/upgradeRefused(status:body:)`` when the server declines.
    func connect(
        on loop: any EventLoop,
        ready: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<Opened> {
        let outcome = loop.makePromise(of: Outcome.self)
        bootstrap(on: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try addUpgrade(to: channel, ready: ready).cascade(to: outcome)
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenComplete { result in
                switch result {
                case .success(let channel): limit(outcome, of: channel)
                case .failure(let error): outcome.fail(error)
                }
            }
        return outcome.futureResult.flatMap { outcome in
            switch outcome {
            case .opened(let opened): loop.makeSucceededFuture(opened)
            case .refused(let response): response.flatMapThrowing { throw refusal($0) }
            }
        }
    }

    // MARK: Private

    private func bootstrap(on loop: any EventLoop) -> ClientBootstrap {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        guard let receiveBuffer else { return bootstrap }
        return bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
    }

    /// A server that hangs up or falls silent in the middle of the handshake must not leave the test waiting.
    private func limit(_ outcome: EventLoopPromise<Outcome>, of channel: any Channel) {
        channel.closeFuture.whenComplete { _ in outcome.fail(HarnessError.closed(.abnormal)) }
        let deadline = channel.eventLoop.scheduleTask(in: timeout) {
            outcome.fail(ChannelError.connectTimeout(timeout))
            channel.close(promise: nil)
        }
        outcome.futureResult.whenComplete { _ in deadline.cancel() }
    }

    private func addUpgrade(
        to channel: any Channel,
        ready: @escaping @Sendable (any Channel) throws -> Void
    ) throws -> EventLoopFuture<Outcome> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Outcome>(
            maxFrameSize: maximumFrame,
            enableAutomaticErrorHandling: false
        ) { channel, response in
            channel.eventLoop.makeCompletedFuture {
                try ready(channel)
                return .opened(Opened(channel: channel, response: response))
            }
        }
        var headers = HTTPHeaders([("Host", endpoint.authority)])
        headers.add(contentsOf: self.headers)
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                upgradeRequestHead: .init(version: .http1_1, method: .GET, uri: endpoint.target, headers: headers),
                upgraders: [upgrader],
                notUpgradingCompletionHandler: Self.awaitRefusal
            )
        )
        // A server may send its first frame in one packet with the 101 response.
        configuration.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
    }

    @Sendable
    private static func awaitRefusal(_ channel: any Channel) -> EventLoopFuture<Outcome> {
        channel.eventLoop.makeCompletedFuture {
            let response = channel.eventLoop.makePromise(of: NIOHTTPClientResponseFull.self)
            try channel.pipeline.syncOperations.addHandlers(
                NIOHTTPClientResponseAggregator(maxContentLength: 1 << 20),
                HTTPResponseHandler(response)
            )
            return .refused(response.futureResult)
        }
    }

    private func refusal(_ response: NIOHTTPClientResponseFull) -> HarnessError {
        .upgradeRefused(status: Int(response.head.status.code), body: response.body.map { String(buffer: $0) } ?? "")
    }
}
