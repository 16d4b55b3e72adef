/// Lets one background loop sleep until there is work or until an instant.
///
/// Any thread may call `wake()`; wakes that fall together are one visit. Exactly one task calls `run`.
package struct WakeSignal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        // One pending wake stands for any number of them.
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for a visit.
    package func wake() {
        continuation.yield()
    }

    /// Lets `run` return after the visit that it is in.
    package func finish() {
        continuation.finish()
    }

    /// Visits after each wake, and at the instant that the last visit asked for, until `finish()` or cancellation.
    ///
    /// - Parameter visit: Does what there is to do; returns when it wants to be called again even without a wake.
    package func run(_ visit: () async -> ContinuousClock.Instant?) async {
        // Discarding: an ordinary group would keep every timer that has ended until the loop ends.
        await withDiscardingTaskGroup { timers in
            var armed: ContinuousClock.Instant?
            for await _ in stream {
                if let instant = armed, instant <= .now { armed = nil }
                guard let next = await visit(), armed.map({ next < $0 }) ?? true else { continue }
                armed = next
                timers.addTask { [continuation] in
                    do {
                        try await Task.sleep(until: next, clock: .continuous)
                        continuation.yield()
                    } catch {
                        // Cancelled: the loop is ending and wants no further visit.
                    }
                }
            }
            timers.cancelAll()
        }
    }
}
