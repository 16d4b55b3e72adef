import Synchronization

/// A value behind a lock that tasks can wait on, each for a bounded time.
final class Watched<Value: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let id: UInt64
        /// Looks at the value; returns what resumes the waiter if that is what it waits for.
        let attempt: @Sendable (inout Value) -> (@Sendable () -> Void)?
        let giveUp: @Sendable () -> Void
    }

    private struct State: Sendable {
        var value: Value
        var waiters: [Waiter] = []
        var nextID: UInt64 = 0

        /// Answers whoever waits for what the value is now; returns what resumes them.
        mutating func answer() -> [@Sendable () -> Void] {
            var resumptions: [@Sendable () -> Void] = []
            var waiting: [Waiter] = []
            for waiter in waiters {
                if let resume = waiter.attempt(&value) {
                    resumptions.append(resume)
                } else {
                    waiting.append(waiter)
                }
            }
            waiters = waiting
            return resumptions
        }
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    /// Changes the value, then answers whoever waits for what it is now, the longest waiting first.
    @discardableResult
    func update<Result: Sendable>(_ change: (inout Value) -> Result) -> Result {
        let (result, resumptions) = state.withLock { state in
            let result = change(&state.value)
            return (result, state.answer())
        }
        for resume in resumptions { resume() }
        return result
    }

    /// Reads the value.
    func read<Result: Sendable>(_ look: (Value) -> Result) -> Result {
        state.withLock { look($0.value) }
    }

    /// Waits until `take` finds something in the value, which it may change.
    ///
    /// - Returns: What it found, or `nil` when the time is up or the task is cancelled.
    func wait<Result: Sendable>(
        timeout: Duration,
        for take: @escaping @Sendable (inout Value) -> Result?
    ) async -> Result? {
        await withTaskGroup(of: Result?.self) { tasks in
            tasks.addTask { await self.waitUntilCancelled(for: take) }
            tasks.addTask {
                do {
                    try await Task.sleep(for: timeout)
                } catch {
                    // The value came first.
                }
                return nil
            }
            // What is found just as the time is up has been taken: it must not be lost.
            var found: Result?
            for await result in tasks {
                found = found ?? result
                tasks.cancelAll()
            }
            return found
        }
    }

    private func waitUntilCancelled<Result: Sendable>(
        for take: @escaping @Sendable (inout Value) -> Result?
    ) async -> Result? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let attempt: @Sendable (inout Value) -> (@Sendable () -> Void)? = { value in
                    guard let result = take(&value) else { return nil }
                    return { continuation.resume(returning: result) }
                }
                let waiter = Waiter(id: id, attempt: attempt) { continuation.resume(returning: nil) }
                for resume in register(waiter) { resume() }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Returns what resumes the waiter if it need not wait, and those who waited for what it took or changed.
    private func register(_ waiter: Waiter) -> [@Sendable () -> Void] {
        state.withLock { state in
            if let resume = waiter.attempt(&state.value) { return [resume] + state.answer() }
            // A cancellation before this point came too early to find the waiter.
            if Task.isCancelled { return [waiter.giveUp] }
            state.waiters.append(waiter)
            return []
        }
    }

    private func cancel(_ id: UInt64) {
        let cancelled = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        cancelled?.giveUp()
    }
}
