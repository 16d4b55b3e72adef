import DequeModule

/// What one client was told of messages that are missing, and what it has acknowledged.
struct MissingNews: Sendable {
    /// So many pieces of news are told apart until they are acknowledged.
    static let limit = 64

    /// Of the first how many that were ever lost the client has been told.
    private var last = 0
    /// What the client has not acknowledged: how many, up to the which of those that were ever lost.
    private var told: Deque<(count: Int, last: Int)> = []

    /// How many the client is to be told of; `nil` if it has been told of all.
    mutating func news(missing: Int, lost: Int) -> Int? {
        if lost < last {
            // The server has come back empty, and counts anew.
            last = 0
            told = []
        }
        // Another client of the user may have acknowledged some.
        let count = lost - max(last, lost - missing)
        guard count > 0 else { return nil }
        last = lost
        told.append((count, lost))
        if told.count > Self.limit {
            let first = told.removeFirst()
            told[0].count += first.count
        }
        return count
    }

    /// The client knows of so many more; returns of the first how many that were ever lost it knows, if that is news.
    mutating func acknowledged(_ count: Int) -> Int? {
        var count = count
        var known: Int?
        while count > 0, let first = told.first {
            let taken = min(count, first.count)
            known = first.last - (first.count - taken)
            count -= taken
            if taken == first.count { told.removeFirst() } else { told[0].count -= taken }
        }
        return known
    }
}
