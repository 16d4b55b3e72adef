/// How long the handler of one event has taken, waits to join a group not counted.
struct HandlerClock {
    private var isRunning = false
    /// Joins that are not acknowledged yet.
    private var waits = 0
    private var used = Duration.zero
    /// From when on time is being used; `nil` while it is not.
    private var since: ContinuousClock.Instant?

    /// A handler begins.
    mutating func start(now: ContinuousClock.Instant) {
        isRunning = true
        used = .zero
        since = waits == 0 ? now : nil
    }

    /// It has ended.
    mutating func stop() {
        isRunning = false
        since = nil
    }

    mutating func joinBegins(now: ContinuousClock.Instant) {
        waits += 1
        if let begin = since { used += now - begin }
        since = nil
    }

    mutating func joinEnds(now: ContinuousClock.Instant) {
        waits -= 1
        if isRunning, waits == 0 { since = now }
    }

    /// What the handler has used; nothing when there is none.
    func used(now: ContinuousClock.Instant) -> Duration {
        guard isRunning else { return .zero }
        return used + (since.map { now - $0 } ?? .zero)
    }
}
