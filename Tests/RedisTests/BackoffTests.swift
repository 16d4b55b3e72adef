import Testing

@testable import Redis

/// Pauses between attempts.
@Suite("Backoff")
struct BackoffTests {
    private struct Always: RandomNumberGenerator {
        let value: UInt64
        func next() -> UInt64 { value }
    }

    private let bounds = RedisClientConfiguration.BackoffBounds(initial: .milliseconds(50), maximum: .seconds(2))

    @Test("The bound of the pause doubles up to the maximum, and starts over after a reset")
    func bound() {
        var backoff = Backoff(bounds: bounds, source: Always(value: .max))
        let pauses = (0..<8).map { _ in backoff.next() }
        let expected: [Duration] = [50, 100, 200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) }
        for (pause, bound) in zip(pauses, expected) {
            #expect(pause <= bound)
            #expect(pause > bound * 0.999)
        }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(50))
    }

    @Test("A pause may be as short as nothing: full jitter")
    func jitterReachesZero() {
        var backoff = Backoff(bounds: bounds, source: Always(value: 0))
        #expect(backoff.next() == .zero)
        #expect(backoff.next() == .zero)
    }

    @Test("The same seed gives the same pauses, spread over the whole range")
    func seeded() {
        var one = Backoff(bounds: bounds, source: SeededRandom(seed: 7))
        var two = Backoff(bounds: bounds, source: SeededRandom(seed: 7))
        let pauses = (0..<200).map { _ in one.next() }
        #expect(pauses == (0..<200).map { _ in two.next() })
        #expect(pauses.allSatisfy { $0 >= .zero && $0 <= .seconds(2) })
        #expect(pauses.dropFirst(6).contains { $0 < .milliseconds(500) })
        #expect(pauses.dropFirst(6).contains { $0 > .milliseconds(1_500) })
    }
}
