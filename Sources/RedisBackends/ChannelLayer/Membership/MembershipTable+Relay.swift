import ChannelLayers

/// The relay's subscriptions: a group's joins are written once its relay is subscribed to.
extension MembershipTable {
    /// Takes the groups whose relay is to be subscribed to.
    mutating func takeUnsubscribed() -> [GroupName] {
        let wanted = unsubscribedGroups.filter { isPopulated($0) }
        unsubscribedGroups.removeAll()
        for group in wanted { groups[group]?.subscription = .requested }
        return Array(wanted)
    }

    /// Takes the groups that nobody here is in any more, which Redis knows: their subscriptions can go.
    ///
    /// Whoever takes these also makes the subscriptions, one call after the other: a group that is wanted again later
    /// is then subscribed to after it was let go, and one that is wanted again already is not among them.
    mutating func takeReleased() -> [GroupName] {
        defer { releasedGroups.removeAll() }
        return Array(releasedGroups)
    }

    /// Redis has confirmed the subscriptions of groups: their joins may be written.
    mutating func relayConfirmed(_ confirmed: [GroupName]) {
        for group in confirmed where groups[group]?.subscription == .requested {
            groups[group]?.subscription = isRelayUp ? .confirmed : .lost
        }
    }

    /// The subscriptions could not be made; they are to be asked for again.
    mutating func relayFailed(_ failed: [GroupName]) {
        for group in failed where groups[group]?.subscription == .requested {
            groups[group]?.subscription = .none
            unsubscribedGroups.insert(group)
        }
    }

    /// Redis does not allow a subscription; it is asked for again with the next join.
    ///
    /// - Returns: Those who waited for a join of the group.
    mutating func relayDenied(_ group: GroupName) -> [Waiter] {
        guard var entry = groups.removeValue(forKey: group) else { return [] }
        if entry.subscription == .requested { entry.subscription = .none }
        entry.isHeldElsewhere = true
        let waiters = entry.waiters.values.flatMap { $0 }
        entry.waiters.removeAll()
        groups[group] = entry
        return waiters
    }

    /// The relay is down: until it is back no join is acknowledged.
    mutating func relayLost() {
        isRelayUp = false
        for group in groups.keys where groups[group]?.subscription == .confirmed {
            groups[group]?.subscription = .lost
        }
    }

    /// The relay is back, with every subscription that was confirmed; one that is still being made is confirmed apart.
    mutating func relayRestored() {
        isRelayUp = true
        for group in groups.keys where groups[group]?.subscription == .lost {
            groups[group]?.subscription = .confirmed
        }
    }
}
