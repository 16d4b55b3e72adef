/// When one host is to be looked through: after each reason to doubt it, and once more when a lease has passed since.
///
/// Never a time that has passed: whoever waits for it would not wait.
struct SweepSchedule {
    /// What a visit does.
    enum Step: Equatable {
        /// Nothing, until then; `nil` waits to be woken.
        case wait(until: ContinuousClock.Instant?)
        /// The host is looked through, after everything was marked to be written once more or not.
        case sweep(writesFirst: Bool)
    }

    private enum LateLook {
        /// There is none to come. Goes to `due` when a doubt ends.
        case none
        /// It begins then. Goes to `begun`.
        case due(ContinuousClock.Instant)
        /// Everything is being written once more; to be looked through until that succeeds once. Goes to `none`.
        case begun
    }

    private let lease: Duration
    private var lateLook = LateLook.none

    init(lease: Duration) {
        self.lease = lease
    }

    /// Decides what to do.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - mayLook: Whether the host can be looked through; if not, being able to is a reason to doubt, and wakes.
    ///   - isWanted: Whether there is a reason to doubt it.
    /// - Returns: What this visit does.
    mutating func step(now: ContinuousClock.Instant, mayLook: Bool, isWanted: Bool) -> Step {
        guard mayLook else { return .wait(until: nil) }
        if isWanted { return .sweep(writesFirst: false) }
        switch lateLook {
        case .none: return .wait(until: nil)
        case .due(let instant) where instant > now: return .wait(until: instant)
        case .due:
            lateLook = .begun
            return .sweep(writesFirst: true)
        case .begun: return .sweep(writesFirst: false)
        }
    }

    /// The host was looked through.
    ///
    /// - Parameters:
    ///   - round: How many reasons to doubt it there were; before the first one nothing was written that might be late.
    ///   - wasWanted: Whether that was for a reason to doubt it.
    ///   - now: The present.
    /// - Returns: When to come again; `nil` waits to be woken.
    mutating func swept(_ round: Int, wasWanted: Bool, now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard wasWanted, round > 1 else {
            lateLook = .none
            return nil
        }
        lateLook = .due(now + lease)
        return now + lease
    }
}
