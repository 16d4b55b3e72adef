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
    /// Messages written to a group's history.
    static let recorded = Counter(label: "muster_messages_recorded_total")
    /// Times that a message was encrypted anew, since another had taken the place in the history that it was made for.
    static let recordRetries = Counter(label: "muster_record_retries_total")
    /// Pages read from groups' histories.
    static let historyPages = Counter(label: "muster_history_pages_total")
    /// Those of them before which messages may be missing.
    static let historyGaps = Counter(label: "muster_history_gaps_total")
    /// Messages that the relay had missed and that were read from a group's history.
    static let caughtUp = Counter(label: "muster_messages_caught_up_total")
    /// Entries taken out of this process' mailbox.
    static let mailboxEntries = Counter(label: "muster_mailbox_entries_total")
    /// Times that the mailbox was looked at and held something.
    static let mailboxReads = Counter(label: "muster_mailbox_reads_total")
    /// Times that the relay was not heard for a while: what was sent meanwhile did not arrive here.
    static let relayGaps = Counter(label: "muster_relay_gaps_total")
    /// Probes that did not come back through the relay in time.
    static let probesLost = Counter(label: "muster_relay_probes_lost_total")
    /// How long probes that came back took.
    static let probeRoundTrip = Timer(label: "muster_relay_probe_seconds")
    /// Members written to or removed from sorted sets.
    static let membersWritten = Counter(label: "muster_members_written_total")
    /// Batches that these were written in.
    static let batches = Counter(label: "muster_member_batches_total")
    /// Members that Redis held and nobody here wanted.
    static let staleMembers = Counter(label: "muster_stale_members_total")
    /// Groups that Redis had lost while they had members here.
    static let lostGroups = Counter(label: "muster_lost_groups_total")
    /// Joins and leaves that Redis refused.
    static let refusals = Counter(label: "muster_membership_refused_total")
    /// People written to or removed from groups.
    static let peopleWritten = Counter(label: "muster_people_written_total")
    /// People of dead fronts removed from groups by this one.
    static let deadPeople = Counter(label: "muster_dead_people_removed_total")
    /// Times that this front told a group who came or left.
    static let presences = Counter(label: "muster_presence_messages_total")
    /// Times that it could not tell all of a group.
    static let lostPresences = dropped(reason: "presence_not_sent")
    /// Counts announced to a group.
    static let announcements = Counter(label: "muster_count_announcements_total")

    /// Heartbeats that Redis did not take, or not in time.
    static let heartbeatFailures = Counter(label: "muster_heartbeat_failures_total")
    /// Fronts that this process has cleared up after.
    static let frontsReaped = Counter(label: "muster_fronts_reaped_total")
    /// Members of such fronts that it has removed from groups.
    static let membersReaped = Counter(label: "muster_members_reaped_total")
    /// Notices to other fronts that were published.
    static let noticesSent = Counter(label: "muster_notices_sent_total")

    /// Times that this process' lease was lost, for this reason.
    static func leaseLost(_ reason: String) -> Counter {
        Counter(label: "muster_lease_lost_total", dimensions: [("reason", reason)])
    }

    private static func dropped(reason: String) -> Counter {
        Counter(label: "muster_messages_dropped_total", dimensions: [("reason", reason)])
    }
}
