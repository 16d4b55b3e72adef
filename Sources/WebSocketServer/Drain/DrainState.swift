/// How far a front is with ending.
enum DrainState: Sendable, Equatable {
    /// Connections are taken and kept. Goes to `announcing`, or to `hurried`.
    case serving
    /// As `serving`, but the end, once told, takes no time. Goes to `draining`.
    case hurried
    /// Unready, yet connections are taken until load balancers have noticed. Goes to `draining`.
    case announcing(until: ContinuousClock.Instant)
    /// No connections are taken, and those that are there are closed one after the other. Goes to `closing`.
    case draining
    /// No connections are taken, and all that were there have been told.
    case closing

    /// What is to be done by whoever changed the state.
    enum Action: Sendable, Equatable {
        case nothing
        case wait(until: ContinuousClock.Instant)
        /// Take no more connections, and close those that are there over the drain time.
        case drain
        /// Take no more connections, and close those that are there now.
        case close
    }

    /// Whether load balancers are told to send nobody.
    var isEnding: Bool {
        switch self {
        case .serving, .hurried: false
        case .announcing, .draining, .closing: true
        }
    }

    /// The front was told to end.
    mutating func told(now: ContinuousClock.Instant, delay: Duration) -> Action {
        switch self {
        case .serving where delay > .zero:
            self = .announcing(until: now + delay)
            return .wait(until: now + delay)
        case .serving:
            self = .draining
            return .drain
        case .hurried:
            self = .closing
            return .close
        case .announcing, .draining, .closing:
            return .nothing
        }
    }

    /// Time may have passed.
    mutating func woke(now: ContinuousClock.Instant) -> Action {
        guard case .announcing(let end) = self else { return .nothing }
        guard now >= end else { return .wait(until: end) }
        self = .draining
        return .drain
    }

    /// The end, told or yet to be told, is to take no longer than it must.
    mutating func hurry() -> Action {
        switch self {
        case .serving:
            self = .hurried
            return .nothing
        case .announcing, .draining:
            self = .closing
            return .close
        case .hurried, .closing:
            return .nothing
        }
    }
}
