/// Polls until `condition` holds; a wait for a state that announces itself to nobody.
///
/// - Parameters:
///   - what: What is awaited, for the error message.
///   - timeout: After this long the wait fails.
///   - interval: Pause between two looks.
///   - condition: Looked at straight away, then after each pause; an error it throws ends the wait.
/// - Throws: ``HarnessError/timedOut(waitingFor:after:detail:)``, or what `condition` throws.
func eventually(
    _ what: String = "the condition",
    timeout: Duration = .seconds(10),
    every interval: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    try await eventuallyValue(what, timeout: timeout, every: interval) {
        try await condition() ? true : nil
    }
}

/// Polls until `look` yields a value and returns it; see ``eventually(_:timeout:every:_:)``.
@discardableResult
func eventuallyValue<Value>(
    _ what: String,
    timeout: Duration = .seconds(10),
    every interval: Duration = .milliseconds(20),
    _ look: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    while true {
        if let value = try await look() { return value }
        guard start.duration(to: .now) < timeout else {
            throw HarnessError.timedOut(waitingFor: what, after: timeout, detail: "")
        }
        try await Task.sleep(for: interval)
    }
}
