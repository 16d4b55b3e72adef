import DequeModule

/// The events that wait while a consumer handles an earlier one.
struct EventQueue {
    /// From this many waiting events on, the client's socket is not read.
    static let capacity = 64
    /// Messages of the layer cannot be held back at their source: with this many waiting, the next is not taken.
    static let messageCapacity = 1024

    private var events: Deque<ConsumerEvent> = []
    private var isFull = false
    /// Whether only the end is still of interest.
    private(set) var isAbandoned = false

    mutating func append(_ event: ConsumerEvent) -> SessionPressure {
        if isAbandoned {
            if case .disconnected = event { events.append(event) }
            return .open
        }
        switch event {
        case .message, .gap:
            guard events.count < Self.messageCapacity else { return .overflowing }
        case .connected, .text, .binary, .answered, .disconnected:
            break
        }
        events.append(event)
        if events.count >= Self.capacity { isFull = true }
        return isFull ? .full : .open
    }

    /// Takes the oldest event; tells whether with it a full queue has room again.
    mutating func popFirst() -> (event: ConsumerEvent, hasRoomAgain: Bool)? {
        guard let event = events.popFirst() else { return nil }
        guard isFull, events.count <= Self.capacity / 2 else { return (event, false) }
        isFull = false
        return (event, true)
    }

    /// Drops all but the end, now and from now on; returns whether a full queue has room again.
    mutating func abandon() -> Bool {
        isAbandoned = true
        defer { isFull = false }
        events.removeAll { event in
            if case .disconnected = event { false } else { true }
        }
        return isFull
    }
}
