import Synchronization

/// Lets one log line through per interval and counts the others, so that a flood of bad input is not a flood of log.
package final class LogLimiter: Sendable {
    private struct State {
        var next: ContinuousClock.Instant?
        var held = 0
    }

    private let interval: Duration
    private let state = Mutex(State())

    package init(interval: Duration = .seconds(60)) {
        self.interval = interval
    }

    /// Asks to log.
    ///
    /// - Returns: How many were held back since the last line, or `nil` if this one is held back too.
    package func admit(now: ContinuousClock.Instant = .now) -> Int? {
        state.withLock { state in
            if let next = state.next, now < next {
                state.held += 1
                return nil
            }
            defer { state = State(next: now + interval, held: 0) }
            return state.held
        }
    }
}
