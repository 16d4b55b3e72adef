/// How many listen to a ticker, and whether its timer runs.
struct TickerState {
    private var listeners = 0
    private(set) var isRunning = false

    /// Somebody listens; returns whether the timer has to be started.
    mutating func enter() -> Bool {
        listeners += 1
        defer { isRunning = true }
        return !isRunning
    }

    /// Somebody listens no longer.
    mutating func leave() {
        listeners -= 1
    }

    /// A second has begun; returns whether the timer goes on, and is stopped if it does not.
    mutating func goesOn() -> Bool {
        isRunning = listeners > 0
        return isRunning
    }
}
