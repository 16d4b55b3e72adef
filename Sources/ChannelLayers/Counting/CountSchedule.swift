/// When the count of one group is announced: the first change at once, later ones at most once per window, the last
/// one always.
///
/// A storm of N changes within one window costs two announcements instead of N.
package enum CountSchedule: Equatable, Sendable {
    /// Nothing was announced within the last window. Goes to `resting` with the next change.
    case idle
    /// An announcement was made and nothing changed since. Goes to `changed`, or to `idle` when the window ends.
    case resting(until: ContinuousClock.Instant)
    /// There was a change since the last announcement. Goes to `resting` when the window ends.
    case changed(until: ContinuousClock.Instant)

    /// What the owner does after an event.
    package enum Action: Equatable, Sendable {
        /// Count and publish now.
        case announce
        /// Nothing now; `windowEnded` is wanted at this instant.
        case wait(until: ContinuousClock.Instant)
        /// Nothing at all.
        case rest
    }

    /// The group's count may have changed.
    package mutating func changed(now: ContinuousClock.Instant, window: Duration) -> Action {
        switch self {
        case .idle:
            self = .resting(until: now + window)
            return .announce
        case .resting(let end), .changed(let end):
            guard now < end else {
                self = .resting(until: now + window)
                return .announce
            }
            self = .changed(until: end)
            return .wait(until: end)
        }
    }

    /// Time has passed; the window may have ended.
    package mutating func windowEnded(now: ContinuousClock.Instant, window: Duration) -> Action {
        switch self {
        case .idle:
            return .rest
        case .resting(let end):
            if now >= end { self = .idle }
            return .rest
        case .changed(let end):
            guard now >= end else { return .wait(until: end) }
            self = .resting(until: now + window)
            return .announce
        }
    }
}
