import CoreMetrics

/// What the Redis channel layer counts.
enum LayerMetrics {
    /// What came from Redis and is not a message.
    static let badMessages = dropped(reason: "bad_message")
    /// Entries in this process' mailbox that name no channel.
    static let nobodyNamed = dropped(reason: "no_channel")
    /// Messages to a channel that no process listens for.
    static let nobodyListens = dropped(reason: "nobody_listens")
    /// Copies of group messages for which a Django process' mailbox had no room.
    static let fullMailboxes = dropped(reason: "mailbox_full")
    /// Copies of group messages that Redis did not take into a Django process' mailbox.
    static let refusedMailboxes = dropped(reason: "mailbox_refused")
    /// Messages taken off a work queue for a receiver who gave up, and not taken back by Redis.
    static let notPutBack = dropped(reason: "not_put_back")
    /// Names of channels in a message, or of members in a group, that are not valid or not this process'.
    static let strayNames = Counter(label: "muster_stray_channel_names_total")
    /// Entries taken out of this process' mailbox.
    static let mailboxEntries = Counter(label: "muster_mailbox_entries_total")
    /// Times that the mailbox was looked at and held something.
    static let mailboxReads = Counter(label: "muster_mailbox_reads_total")
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
