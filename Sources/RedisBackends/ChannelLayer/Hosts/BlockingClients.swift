import Logging
import NIOCore
import Redis

/// Makes connections that wait in Redis, one per host, besides the ones for commands.
struct BlockingClients: Sendable {
    private let addresses: [RedisAddress]
    private let configuration: RedisClientConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger

    init(
        addresses: [RedisAddress],
        configuration: RedisClientConfiguration,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        self.addresses = addresses
        var blocking = configuration
        // A reply comes when there is something, or when the command has waited in Redis long enough.
        blocking.commandTimeout += .seconds(MailboxReader.patience)
        self.configuration = blocking
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
    }

    /// A client per host, not yet running.
    func make() -> [RedisClient] {
        addresses.map {
            RedisClient(address: $0, configuration: configuration, eventLoop: eventLoopGroup.next(), logger: logger)
        }
    }

    /// Runs a client until the task is cancelled.
    func run(_ client: RedisClient) async {
        do {
            try await client.run()
        } catch {
            logger.warning("cannot wait for messages in Redis", metadata: ["error": "\(error)"])
        }
    }
}
