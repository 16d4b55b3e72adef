import NIOCore
import ServiceLifecycle

/// Ties a loop-confined link to the task that runs it; the same for commands and for subscriptions.
struct RedisLinkLifetime {
    let address: RedisAddress
    let configuration: RedisClientConfiguration
    let eventLoop: any EventLoop
    let board: StatusBoard

    /// Returns when the link has finished, which cancellation and graceful shutdown of the task bring about.
    ///
    /// - Parameters:
    ///   - start: Begins on the event loop, and resumes the continuation at the end, with `false` when the link had
    ///     begun before.
    ///   - stop: Ends the link, on the event loop; may come before `start`, and twice.
    /// - Throws: ``RedisError``: `.tls` when the CA file cannot be used, `.shutDown` when the link is running already.
    func run(
        start: @escaping @Sendable (RedisConnector, CheckedContinuation<Bool, Never>) -> Void,
        stop: @escaping @Sendable (_ graceful: Bool) -> Void
    ) async throws(RedisError) {
        let connector: RedisConnector
        do {
            connector = try RedisConnector(address: address, configuration: configuration)
        } catch {
            board.set(.closed, lastError: error)
            eventLoop.execute { stop(true) }
            throw error
        }
        let isFirst = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withCheckedContinuation { continuation in
                    eventLoop.execute { start(connector, continuation) }
                }
            } onGracefulShutdown: {
                eventLoop.execute { stop(true) }
            }
        } onCancel: {
            eventLoop.execute { stop(false) }
        }
        guard isFirst else {
            throw RedisError(.shutDown, "run() of a Redis client is called twice; make a client for each run")
        }
    }
}
