import Synchronization

/// The time that a worker has for its first answer: it either expires or is met, never both.
struct AcceptDeadline: Sendable {
    private final class Outcome: Sendable {
        private let isSettled = Atomic(false)

        /// Returns whether the caller was first.
        func settle() -> Bool {
            !isSettled.exchange(true, ordering: .relaxed)
        }
    }

    private let outcome: Outcome
    private let timer: Task<Void, Never>

    /// Starts the time, which costs a task until it expires or is met.
    init(after timeout: Duration, onExpiry: @escaping @Sendable () -> Void) {
        let outcome = Outcome()
        self.outcome = outcome
        timer = Task {
            do {
                try await Task.sleep(for: timeout)
            } catch {
                // Cancelled, because the deadline was met.
                return
            }
            if outcome.settle() { onExpiry() }
        }
    }

    /// Stops the time; returns whether it was neither met nor expired before.
    @discardableResult
    func meet() -> Bool {
        guard outcome.settle() else { return false }
        timer.cancel()
        return true
    }
}
