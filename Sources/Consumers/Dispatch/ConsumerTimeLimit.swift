/// How long a consumer may take for one event, and who looks at the clock.
///
/// A session costs nothing here until a handler of it suspends; then it asks to be looked at, and whoever holds many
/// sessions can do so with one timer.
package struct ConsumerTimeLimit: Sendable {
    /// The longest that a session goes without being looked at.
    ///
    /// Whoever holds a session until then cannot know before that it is gone, and a limit may be a day.
    private static let longestInterval = Duration.seconds(30)

    /// The limit.
    package let duration: Duration
    /// Called on any thread when a session wants to be looked at, at the earliest at the given time; not again until
    /// its `look(now:)` has returned `nil`.
    package let watch: @Sendable (any ConsumerSession, ContinuousClock.Instant) -> Void

    package init(
        duration: Duration,
        watch: @escaping @Sendable (any ConsumerSession, ContinuousClock.Instant) -> Void
    ) {
        self.duration = duration
        self.watch = watch
    }

    /// When to look next at a handler that has this much time left.
    func nextLook(now: ContinuousClock.Instant, left: Duration) -> ContinuousClock.Instant {
        now + min(left, Self.longestInterval)
    }
}
