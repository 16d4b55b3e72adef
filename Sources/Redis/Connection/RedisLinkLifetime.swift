import NIOCore
import ServiceLifecycle

/// Ties a loop-confined link to the task that runs it.
enum RedisLinkLifetime {
    /// Returns when the link has finished, which cancellation and graceful shutdown of the task bring about.
    ///
    /// - Parameters:
    ///   - eventLoop: Where `start` and `stop` are called.
    ///   - start: Begins and resumes the continuation at the end, with `false` when the link had begun before.
    ///   - stop: Ends the link; may come before `start`, and twice.
    /// - Throws: ``RedisError`` with code `.shutDown` when the link is running already.
    static func run(
        on eventLoop: any EventLoop,
        start: @escaping @Sendable (CheckedContinuation<Bool, Never>) -> Void,
        stop: @escaping @Sendable (_ graceful: Bool) -> Void
    ) async throws(RedisError) {
        let isFirst = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withCheckedContinuation { continuation in
                    eventLoop.execute { start(continuation) }
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
