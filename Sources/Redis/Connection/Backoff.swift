/// Pauses between attempts to connect: each is random between zero and a bound that doubles ("full jitter").
///
/// The randomness keeps a fleet of fronts that lost the same Redis from returning in step.
struct Backoff<Source: RandomNumberGenerator> {
    private let bounds: RedisClientConfiguration.BackoffBounds
    private var bound: Duration
    private var source: Source

    init(bounds: RedisClientConfiguration.BackoffBounds, source: Source) {
        self.bounds = bounds
        self.source = source
        bound = bounds.initial
    }

    /// The pause before the next attempt.
    mutating func next() -> Duration {
        let pause = bound * Double.random(in: 0..<1, using: &source)
        bound = min(bound * 2, bounds.maximum)
        return pause
    }

    /// Starts over after a connection that lasted.
    mutating func reset() {
        bound = bounds.initial
    }
}
