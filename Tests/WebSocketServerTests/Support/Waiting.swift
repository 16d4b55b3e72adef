import NIOCore

/// Waits for what other threads bring about; fails when it does not come.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw TestFailure("did not happen within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

extension EventLoopFuture where Value: Sendable {
    /// Waits for the result; fails when it does not come, so that a test ends in any case.
    func get(_ what: String, within limit: TimeAmount = .seconds(20)) async throws -> Value {
        let promise = eventLoop.makePromise(of: Value.self)
        let timer = eventLoop.scheduleTask(in: limit) {
            promise.fail(TestFailure("did not happen within \(limit.nanoseconds / 1_000_000_000) s: \(what)"))
        }
        defer { timer.cancel() }
        cascade(to: promise)
        return try await promise.futureResult.get()
    }
}
