import Synchronization

/// The clock of a session's handlers, which its connection stops while it waits to join a group.
///
/// Apart from the session, which the consumer must not hold by its connection.
final class HandlerWatch: Sendable {
    private let clock = Mutex(HandlerClock())

    func start() {
        clock.withLock { $0.start(now: .now) }
    }

    func stop() {
        clock.withLock { $0.stop() }
    }

    func joinBegins() {
        clock.withLock { $0.joinBegins(now: .now) }
    }

    func joinEnds() {
        clock.withLock { $0.joinEnds(now: .now) }
    }

    func used(now: ContinuousClock.Instant) -> Duration {
        clock.withLock { $0.used(now: now) }
    }
}
