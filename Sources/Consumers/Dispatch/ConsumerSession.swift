import ChannelLayers

/// Passes one connection's events to its consumer, in order, one at a time.
package protocol ConsumerSession: AnyObject, Sendable {
    /// Takes an event; the consumer sees it now or when it is done with the earlier ones.
    ///
    /// - Returns: Whether the source of events should pause until `onDrained` is called.
    func deliver(_ event: ConsumerEvent) -> SessionPressure

    /// Sets what is called, on any thread, when a full session has room again.
    func onDrained(_ resume: @escaping @Sendable () -> Void)

    /// Ends a handler that has taken more than its time: its connection, if it is there, is closed with 1011, its task
    /// cancelled, and what waited behind it dropped. When it returns, if it does, the consumer hears of the end alone.
    ///
    /// - Returns: When to look again; `nil` if there is nothing to look at until the session asks again.
    func look(now: ContinuousClock.Instant) -> ContinuousClock.Instant?
}

/// Whether a session has room for further events.
package enum SessionPressure: Sendable, Equatable {
    /// There is room.
    case open
    /// The client's socket should not be read for now.
    case full
    /// There was no room: the event was not taken.
    case overflowing
}
