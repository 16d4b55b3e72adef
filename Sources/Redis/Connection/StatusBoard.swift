import Synchronization

/// The current status for whoever asks, and every change of it for whoever watches.
///
/// One thread at a time sets it (the event loop); any thread reads and watches.
final class StatusBoard: Sendable {
    private struct State {
        var current = RedisConnectionStatus.connecting
        /// Why the latest attempt or connection failed; outlives `.closed`, to be told to those who come late.
        var lastError: RedisError?
        var nextWatcher = 0
        var watchers: [Int: AsyncStream<RedisConnectionStatus>.Continuation] = [:]
    }

    private let state = Mutex(State())

    var current: RedisConnectionStatus { state.withLock(\.current) }
    var lastError: RedisError? { state.withLock(\.lastError) }
    var watcherCount: Int { state.withLock(\.watchers.count) }

    /// Tells everybody; `.closed` is the last thing that they hear.
    func set(_ status: RedisConnectionStatus, lastError: RedisError? = nil) {
        let watchers = state.withLock { state -> [AsyncStream<RedisConnectionStatus>.Continuation] in
            guard state.current != .closed else { return [] }
            state.current = status
            if case .unavailable(let error) = status { state.lastError = error }
            if let lastError { state.lastError = lastError }
            defer { if status == .closed { state.watchers = [:] } }
            return Array(state.watchers.values)
        }
        // Outside the lock: both wake a task, which takes the task's own lock, and a cancellation holds that one while
        // it calls `onTermination`, which takes ours.
        for watcher in watchers {
            watcher.yield(status)
            if status == .closed { watcher.finish() }
        }
    }

    /// A stream that begins with the current status.
    ///
    /// A watcher that is slow misses all but the newest change.
    func watch() -> (stream: AsyncStream<RedisConnectionStatus>, stop: @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RedisConnectionStatus.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let watcher = state.withLock { state -> Int? in
            // Within the lock, so that no newer status can come before it; nobody waits for the stream yet.
            continuation.yield(state.current)
            guard state.current != .closed else { return nil }
            defer { state.nextWatcher += 1 }
            state.watchers[state.nextWatcher] = continuation
            return state.nextWatcher
        }
        guard let watcher else {
            continuation.finish()
            return (stream, {})
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.watchers.removeValue(forKey: watcher) }
        }
        return (stream, { continuation.finish() })
    }
}
