import DequeModule

/// Who waits for messages of one general channel, in this process: a plain value.
///
/// Messages are not kept here. One that finds nobody waiting goes back to where it came from, for any process to take.
struct WorkQueueState<Waiter> {
    private var waiters: Deque<(id: UInt64, waiter: Waiter)> = []
    private var isClosed = false

    /// Whether a message is wanted.
    var hasDemand: Bool { !waiters.isEmpty }

    /// Somebody waits for a message; returns whether that is possible.
    mutating func wait(_ id: UInt64, _ waiter: Waiter) -> Bool {
        guard !isClosed else { return false }
        waiters.append((id, waiter))
        return true
    }

    /// A message came: returns who gets it, the longest waiting one; `nil` if nobody waits any more.
    mutating func take() -> Waiter? {
        waiters.popFirst()?.waiter
    }

    /// Somebody gives up; returns the waiter if it was still waiting.
    mutating func cancel(_ id: UInt64) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    /// Nobody is to wait any more; returns those who did.
    mutating func close() -> [Waiter] {
        isClosed = true
        defer { waiters.removeAll() }
        return waiters.map(\.waiter)
    }
}
