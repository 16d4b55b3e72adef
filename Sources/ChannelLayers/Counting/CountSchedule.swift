/// When the count of one group is announced: the first change at once, later ones at most once per window, the last
/// one always.
///
/// A storm of N changes within one window costs two announcements instead of N. Several processes that announce one
/// group hear each other and take turns, so that a member gets about one number per window from all of them together.
package enum CountSchedule: Equatable, Sendable {
    /// Nothing was announced within the last window. Goes to `resting` with the next change.
    case idle
    /// An announcement was made and nothing changed since. Goes to `changed`, or to `idle` when the window ends.
    case resting(until: ContinuousClock.Instant)
    /// There was a change since the last announcement, which is told at `until`, or later if another process tells its
    /// own meanwhile, but not after `latest`. Goes to `resting`.
    case changed(until: ContinuousClock.Instant, latest: ContinuousClock.Instant)

    /// How many windows a change may have to wait while other processes announce.
    private static let patience = 4

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
        case .resting(let end):
            guard now < end else {
                self = .resting(until: now + window)
                return .announce
            }
            self = .changed(until: end, latest: now + window * Self.patience)
            return .wait(until: end)
        case .changed(let end, _):
            guard now < end else {
                self = .resting(until: now + window)
                return .announce
            }
            return .wait(until: end)
        }
    }

    /// Another process has told the group its count.
    ///
    /// `spread` is from 0 to 1, at random: who waits longer lets the others go first.
    package mutating func heardAnother(now: ContinuousClock.Instant, window: Duration, spread: Double) {
        switch self {
        case .idle:
            self = .resting(until: now + window)
        case .resting(let end):
            self = .resting(until: max(end, now + window))
        case .changed(let end, let latest):
            self = .changed(until: max(end, min(latest, now + window * (1 + spread))), latest: latest)
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
        case .changed(let end, _):
            guard now >= end else { return .wait(until: end) }
            self = .resting(until: now + window)
            return .announce
        }
    }
}
