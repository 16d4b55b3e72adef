package import Logging
package import NIOCore

extension RedisClient {
    /// Runs a client for the length of `body`: connects, waits until it is ready, and shuts down whatever happens.
    ///
    /// - Parameters:
    ///   - address: Where Redis is.
    ///   - configuration: Time limits and bounds.
    ///   - eventLoop: Carries the connection.
    ///   - logger: For connections made and lost.
    ///   - connectTimeout: How long to wait for the connection, all attempts together.
    ///   - body: What to do with it.
    /// - Returns: What `body` returns.
    /// - Throws: ``RedisError`` when there is no connection in time, or what `body` throws.
    package static func withClient<Result>(
        address: RedisAddress,
        configuration: RedisClientConfiguration = .init(),
        eventLoop: any EventLoop,
        logger: Logger,
        connectTimeout: Duration,
        _ body: (RedisClient) async throws -> Result
    ) async throws -> Result {
        let client = RedisClient(address: address, configuration: configuration, eventLoop: eventLoop, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            try await client.waitUntilReady(timeout: connectTimeout)
            let result = try await body(client)
            // A throw cancels the group and with it `run()`; a return lets what was submitted be answered.
            client.shutDown()
            return result
        }
    }
}
