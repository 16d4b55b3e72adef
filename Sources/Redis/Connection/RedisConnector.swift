import NIOCore
import NIOPosix
import NIOSSL

/// Opens connections to one address: TCP or Unix socket, with TLS where the address asks for it.
struct RedisConnector: Sendable {
    private let address: RedisAddress
    private let connectTimeout: TimeAmount
    private let tls: NIOSSLContext?

    /// Reads the CA file, which blocks for a moment: not for an event loop.
    ///
    /// - Throws: ``RedisError`` with code `.tls` when the CA file cannot be used.
    init(address: RedisAddress, configuration: RedisClientConfiguration) throws(RedisError) {
        self.address = address
        connectTimeout = TimeAmount(configuration.connectTimeout)
        tls = address.usesTLS ? try Self.makeTLS(caFile: configuration.caFile) : nil
    }

    /// Connects and adds TLS and the handler that `makeHandler` returns; several candidates of one host get one each.
    ///
    /// To be called on `eventLoop`, where the future completes too.
    func connect(
        on eventLoop: any EventLoop,
        makeHandler: @escaping @Sendable () throws -> any ChannelHandler
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(connectTimeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(makeTLSHandler(tls)) }
                    try channel.pipeline.syncOperations.addHandler(makeHandler())
                }
            }
        switch address.endpoint {
        case .tcp(let host, let port): return bootstrap.connect(host: host, port: port)
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    // MARK: Private

    private func makeTLSHandler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        guard case .tcp(let host, _) = address.endpoint else {
            return try NIOSSLClientHandler(context: context, serverHostname: nil)
        }
        // An IP address may not stand in SNI; without a name the certificate is checked against the peer's address.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    private static func makeTLS(caFile: String?) throws(RedisError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // A peer that does not say goodbye must not hold up a reconnection or a shutdown.
        configuration.shutdownTimeout = .seconds(1)
        if let caFile { configuration.trustRoots = .file(caFile) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            let file = caFile.map { "the CA file \($0)" } ?? "the system's CA certificates"
            throw RedisError(.tls, "cannot use \(file): \(error); pass a file of PEM certificates")
        }
    }
}
