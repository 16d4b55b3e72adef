import CoreMetrics

/// What the direct messages count.
enum DirectMetrics {
    /// Messages that were acknowledged to their senders.
    static let accepted = Counter(label: "muster_direct_accepted_total")
    /// Those of them that had been stored before: their senders had not heard of it.
    static let repeated = Counter(label: "muster_direct_repeated_total")
    /// Frames of clients that broke the rules.
    static let badInput = Counter(label: "muster_direct_refused_total", dimensions: [("reason", "bad_input")])
    /// Messages to nobody.
    static let noSuchUser = Counter(label: "muster_direct_refused_total", dimensions: [("reason", "no_such_user")])
    /// Frames for which the storage's server was not there, or answered with an error.
    static let failed = Counter(label: "muster_direct_refused_total", dimensions: [("reason", "storage")])
    /// Times at which it was not noted that a user is here.
    static let unseen = Counter(label: "muster_direct_last_seen_failures_total")
}
