/// Waits, at most half a minute, for what other tasks bring about; tells whether it came.
func eventually(_ isSo: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { return false }
        // Nobody tells when it comes: it is looked at again.
        try await Task.sleep(for: .milliseconds(10))
    }
    return true
}
