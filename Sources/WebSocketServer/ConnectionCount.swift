import Synchronization

/// How many connections a front has, on all its loops together.
final class ConnectionCount: Sendable {
    private let count = Atomic(0)

    /// The number; right once the loops have come to rest.
    var value: Int { count.load(ordering: .relaxed) }

    func increment() {
        count.add(1, ordering: .relaxed)
    }

    func decrement() {
        count.subtract(1, ordering: .relaxed)
    }
}
