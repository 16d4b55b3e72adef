import CoreMetrics

/// Why Redis has to be made to agree with this process again.
enum ReconcileReason: String, Sendable, Hashable {
    /// The connection is new: Redis may have lost, or kept, anything.
    case connected
    /// The lease had lapsed: others may have removed this process' members, or be about to.
    case leaseLapsed = "lease_lapsed"
    /// Others have removed them.
    case reaped
    /// Redis does not know this process: it was emptied.
    case emptied
    /// An operator wants it.
    case asked

    /// Whether the members join anew.
    ///
    /// Whoever clears up after this process removes a member only with the score that it has read, so a new one keeps
    /// it.
    var isRejoining: Bool {
        switch self {
        case .leaseLapsed, .reaped: true
        case .connected, .emptied, .asked: false
        }
    }

    /// Counts it.
    func count() {
        Counter(label: "muster_reconciliations_total", dimensions: [("reason", rawValue)]).increment()
    }
}
