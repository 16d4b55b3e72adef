import Redis

/// What `ZCARD` of a group was, look after look.
struct CountSamples: Sendable {
    private(set) var counts: [Int] = []
    /// From the first look until the awaited count was seen.
    private(set) var duration = Duration.zero

    /// The least and the most of what was seen.
    var range: ClosedRange<Int> { (counts.min() ?? 0)...(counts.max() ?? 0) }

    /// Looks, some 50 times a second, until a count is seen.
    ///
    /// - Throws: ``HarnessError/timedOut(waitingFor:after:detail:)`` with the last counts.
    static func take(
        _ redis: TestRedis,
        until expected: Int,
        timeout: Duration,
        group: String = "users"
    ) async throws -> CountSamples {
        try await withRedisClient(redis.url) { client in
            var samples = CountSamples()
            let start = ContinuousClock.now
            let what = "a count of \(expected)"
            do {
                try await eventually(what, timeout: timeout) {
                    let count = try await client.send(RedisCommand("ZCARD", "asgi:group:\(group)")).int ?? -1
                    samples.counts.append(count)
                    return count == expected
                }
            } catch HarnessError.timedOut {
                let last = samples.counts.suffix(5).map(String.init).joined(separator: ", ")
                throw HarnessError.timedOut(waitingFor: what, after: timeout, detail: "last counts: \(last)")
            }
            samples.duration = start.duration(to: .now)
            return samples
        }
    }
}
