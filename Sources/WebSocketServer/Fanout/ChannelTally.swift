import Synchronization

/// How many of a message's channels no event loop has; known to the loop that looks last.
final class ChannelTally: Sendable {
    private let missing: Atomic<Int>
    private let loops: Atomic<Int>

    init(channels: Int, loops: Int) {
        missing = Atomic(channels)
        self.loops = Atomic(loops)
    }

    /// Takes what one loop found; returns, to the last of them, how many nobody did.
    func count(_ found: Int) -> Int? {
        missing.subtract(found, ordering: .relaxed)
        // Releases this loop's subtraction to the last one, which acquires all of them.
        guard loops.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return nil }
        return missing.load(ordering: .relaxed)
    }
}
