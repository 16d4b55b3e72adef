import ChannelLayers

/// What is done when Redis may not hold what is wanted, or may hold more.
extension MembershipTable {
    /// Redis may have lost or kept anything: every member is to be written again.
    ///
    /// - Parameter now: When the members joined, from now on; `nil` leaves it as it was.
    mutating func markAllChanged(rejoinedAt now: Double? = nil) {
        for group in groups.keys { markChanged(group, rejoinedAt: now) }
        refusedGroups.removeAll()
        isInDoubt = true
    }

    /// Redis has been looked through: it holds nothing that this table does not know of.
    mutating func endDoubt() {
        isInDoubt = false
        changedGroups.formUnion(doubtfulGroups)
        doubtfulGroups.removeAll()
    }

    /// One group may have been lost: its members are to be written again.
    mutating func markChanged(_ group: GroupName, rejoinedAt now: Double? = nil) {
        guard var entry = groups.removeValue(forKey: group) else { return }
        entry.doubt(rejoinedAt: now)
        groups[group] = entry
        changedGroups.insert(group)
    }

    /// What Redis refused is to be written again, as it may take it now.
    ///
    /// - Returns: The groups concerned.
    mutating func retryRefused() -> Set<GroupName> {
        defer { refusedGroups.removeAll() }
        for group in refusedGroups { markChanged(group) }
        return refusedGroups
    }

    /// Redis holds a channel of this process in a group; one that is not wanted there is to be removed.
    ///
    /// - Returns: Whether it was not wanted, and nobody had noticed yet.
    mutating func found(_ channel: ChannelName, in group: GroupName) -> Bool {
        var entry = groups.removeValue(forKey: group) ?? Group(listed: nil)
        defer { groups[group] = entry }
        // Redis may hold a member that this table has yet to write: from a time when it was a member before.
        if entry.noteHeld(channel) { return false }
        let isNoticed =
            entry.inFlight.contains(channel) || entry.leaving.contains(channel)
            || entry.refusedLeaves.contains(channel)
        guard !isNoticed else { return false }
        entry.leaving.insert(channel)
        entry.listed = nil
        changedGroups.insert(group)
        return true
    }

    /// Redis lists a group and holds no channel of this process in it; unless something is wanted there, the listing is
    /// to be corrected.
    mutating func foundListed(_ group: GroupName) {
        guard groups[group] == nil else {
            // Not to be forgotten with its last member, who may leave before anything is written.
            groups[group]?.isUnseen = false
            return
        }
        groups[group] = Group(listed: nil)
        changedGroups.insert(group)
    }

    /// Some members that Redis has said it holds.
    ///
    /// - Parameters:
    ///   - group: Their group.
    ///   - limit: At most this many.
    /// - Returns: Their names; none while all that there are wait to be written.
    func sample(of group: GroupName, limit: Int) -> [ChannelName] {
        guard let entry = groups[group] else { return [] }
        // Not all of a large group, where many may be on their way.
        return Array(entry.members.keys.prefix(limit * 4).lazy.filter(entry.isSettled).prefix(limit))
    }

    /// Redis does not hold members that it has said it holds: what else is gone with them is to be written again, too.
    ///
    /// - Returns: Whether any of them should be there.
    mutating func missed(_ channels: [ChannelName], in group: GroupName) -> Bool {
        guard let entry = groups[group], channels.contains(where: entry.isSettled) else { return false }
        markChanged(group)
        return true
    }
}
