/// Runs `body` with several Redis hosts, over which layers spread what they keep.
func withRedisHosts<Result>(
    _ count: Int,
    _ body: ([TestRedis]) async throws -> Result
) async throws -> Result {
    try await withRedisHosts(count, beside: [], body)
}

private func withRedisHosts<Result>(
    _ count: Int,
    beside started: [TestRedis],
    _ body: ([TestRedis]) async throws -> Result
) async throws -> Result {
    guard started.count < count else { return try await body(started) }
    return try await withTestRedis { try await withRedisHosts(count, beside: started + [$0], body) }
}
