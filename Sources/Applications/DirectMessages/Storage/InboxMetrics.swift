package import CoreMetrics

/// What stores of direct messages count.
package enum InboxMetrics {
    /// Messages that went since an inbox had too many.
    package static let droppedByCount = dropped(reason: "count")
    /// Messages that went since they were too old.
    package static let droppedByAge = dropped(reason: "age")
    /// Messages that were put into an inbox.
    package static let stored = Counter(label: "muster_inbox_stored_total")
    /// Messages that had been stored before, and were sent again.
    package static let repeated = Counter(label: "muster_inbox_repeated_total")
    /// Entries of inboxes that are no messages, each time that one was passed over.
    package static let passedOver = Counter(label: "muster_inbox_entries_passed_over_total")

    private static func dropped(reason: String) -> Counter {
        Counter(label: "muster_inbox_dropped_total", dimensions: [("reason", reason)])
    }
}
