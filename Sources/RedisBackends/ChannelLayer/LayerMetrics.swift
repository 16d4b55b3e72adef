import CoreMetrics

/// What the Redis channel layer counts.
enum LayerMetrics {
    /// Messages on a relay channel that are not a message.
    static let badMessages = dropped(reason: "bad_message")
    /// Messages to a channel that no process listens for.
    static let nobodyListens = dropped(reason: "nobody_listens")
    /// Times that the relay was lost: what was sent meanwhile did not arrive here.
    static let relayGaps = Counter(label: "muster_relay_gaps_total")
    /// Members written to or removed from sorted sets.
    static let membersWritten = Counter(label: "muster_members_written_total")
    /// Batches that these were written in.
    static let batches = Counter(label: "muster_member_batches_total")
    /// Joins and leaves that Redis refused.
    static let refusals = Counter(label: "muster_membership_refused_total")
    /// Counts announced to a group.
    static let announcements = Counter(label: "muster_count_announcements_total")

    private static func dropped(reason: String) -> Counter {
        Counter(label: "muster_messages_dropped_total", dimensions: [("reason", reason)])
    }
}
