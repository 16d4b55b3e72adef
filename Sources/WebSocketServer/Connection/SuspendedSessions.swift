import Consumers
import HeapModule

/// The sessions of an event loop whose handlers have suspended, by when to look at them next.
///
/// An idle connection is not among them.
struct SuspendedSessions {
    private struct Entry: Comparable {
        let instant: ContinuousClock.Instant
        weak var session: (any ConsumerSession)?

        static func < (left: Entry, right: Entry) -> Bool { left.instant < right.instant }
        static func == (left: Entry, right: Entry) -> Bool { left.instant == right.instant }
    }

    private var entries = Heap<Entry>()

    /// How many wait to be looked at.
    var count: Int { entries.count }

    mutating func append(_ session: any ConsumerSession, at instant: ContinuousClock.Instant) {
        entries.insert(Entry(instant: instant, session: session))
    }

    /// Takes those whose time has come, without those that are gone.
    mutating func popDue(now: ContinuousClock.Instant) -> [any ConsumerSession] {
        var due: [any ConsumerSession] = []
        while let first = entries.min, first.instant <= now {
            entries.removeMin()
            if let session = first.session { due.append(session) }
        }
        return due
    }
}
