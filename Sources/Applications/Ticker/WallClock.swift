import FoundationEssentials

/// The time of day, and a way to wait for it.
struct WallClock: Sendable {
    /// A time since 1970.
    struct Time: Sendable {
        let whole: Int
        let nanoseconds: Int

        /// How long the second still takes.
        var untilNext: Duration { .nanoseconds(1_000_000_000 - nanoseconds) }
    }

    let now: @Sendable () -> Time
    let sleep: @Sendable (Duration) async -> Void

    /// The machine's.
    static let system = WallClock {
        let time = Date.now.timeIntervalSince1970
        let whole = time.rounded(.down)
        return Time(whole: Int(whole), nanoseconds: Int((time - whole) * 1_000_000_000))
    } sleep: { duration in
        // Throws only when its task is cancelled, which nobody does.
        try? await Task.sleep(for: duration, tolerance: .zero)
    }
}
