import NIOCore

/// Spreads the ends of connections evenly over a time.
struct DrainSchedule<Element> {
    /// Closer together than this one visit serves several.
    private static var grain: TimeAmount { .milliseconds(10) }

    private let elements: [Element]
    private let start: NIODeadline
    private let duration: TimeAmount
    private var position = 0

    init(_ elements: [Element], over duration: TimeAmount, from start: NIODeadline) {
        self.elements = elements
        self.duration = duration
        self.start = start
    }

    /// Takes those whose time has come, the first at once.
    mutating func popDue(now: NIODeadline) -> ArraySlice<Element> {
        let first = position
        while position < elements.count, due(position) <= now { position += 1 }
        return elements[first..<position]
    }

    /// When to look again; `nil` when all were taken.
    func next(after now: NIODeadline) -> NIODeadline? {
        guard position < elements.count else { return nil }
        return max(due(position), now + Self.grain)
    }

    private func due(_ position: Int) -> NIODeadline {
        // Not multiplied out: a day in nanoseconds times the connections of a front is more than an integer holds.
        let share = Double(position) / Double(elements.count)
        return start + .nanoseconds(Int64(share * Double(duration.nanoseconds)))
    }
}
