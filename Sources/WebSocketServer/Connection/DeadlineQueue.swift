import DequeModule
import NIOCore

/// Things that end by themselves after a fixed time, oldest first; one look per second serves all of them.
struct DeadlineQueue<Element> {
    private var entries: Deque<(deadline: NIODeadline, element: Element)> = []
    private let duration: TimeAmount

    init(duration: TimeAmount) {
        self.duration = duration
    }

    mutating func append(_ element: Element, now: NIODeadline = .now()) {
        entries.append((now + duration, element))
    }

    /// Takes what has expired.
    mutating func popExpired(now: NIODeadline = .now()) -> [Element] {
        var expired: [Element] = []
        while let first = entries.first, first.deadline <= now {
            expired.append(first.element)
            entries.removeFirst()
        }
        return expired
    }
}
