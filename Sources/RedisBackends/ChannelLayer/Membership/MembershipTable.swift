import ChannelLayers

/// Which channels of this process are in which group, and what of that Redis does not know yet.
///
/// It records what is wanted, not what was done: a change marks its member, and a batch is made from what is wanted at
/// the time it is taken. A member that joins and leaves before it was ever written costs Redis nothing; when Redis is
/// in doubt everything is marked, and Redis is made to agree.
///
/// Redis also has a listing of the groups that may hold members of this process, for whoever has to find them when the
/// process is gone. A group is listed before its first member is written, and until after its last one is removed.
/// While Redis may hold channels that this table does not know of, no group is taken off the listing.
struct MembershipTable<Waiter> {
    var groups: [GroupName: Group] = [:]
    /// Groups that the next batch has to look at.
    var changedGroups: Set<GroupName> = []
    var unsubscribedGroups: Set<GroupName> = []
    var releasedGroups: Set<GroupName> = []
    /// Groups of which Redis refused something.
    var refusedGroups: Set<GroupName> = []
    var isRelayUp: Bool
    /// Whether Redis may hold channels that this table does not know of.
    var isInDoubt = false
    /// Groups that are empty as far as this table knows: to be let go when the doubt ends.
    var doubtfulGroups: Set<GroupName> = []

    init(isRelayUp: Bool = true) {
        self.isRelayUp = isRelayUp
    }

    /// Groups that have members here.
    var populatedGroups: [GroupName] { groups.filter { !$0.value.members.isEmpty }.map(\.key) }

    /// Groups that have members here, or had some that Redis has yet to let go.
    var knownGroups: some Collection<GroupName> { groups.keys }

    /// Groups that have members here and whose relay is subscribed to.
    var heardGroups: [GroupName] {
        groups.filter { !$0.value.members.isEmpty && $0.value.subscription == .confirmed }.map(\.key)
    }

    /// Whether Redis knows all that is wanted.
    var isSettled: Bool {
        changedGroups.isEmpty && doubtfulGroups.isEmpty && groups.allSatisfy { $0.value.inFlight.isEmpty }
    }

    /// Whether the last batch left nothing behind but joins that were never written and wait for their relay.
    var isWholeTaken: Bool {
        changedGroups.allSatisfy { group in
            guard let entry = groups[group] else { return true }
            guard entry.leaving.isEmpty, entry.listed == entry.held else { return false }
            return entry.joining.isEmpty || entry.subscription == .none || entry.subscription == .requested
        }
    }

    func isPopulated(_ group: GroupName) -> Bool {
        groups[group]?.members.isEmpty == false
    }

    func memberCount(of group: GroupName) -> Int {
        groups[group]?.members.count ?? 0
    }

    /// Whether a group has members here, or had some that Redis has yet to let go.
    func isKnown(_ group: GroupName) -> Bool {
        groups[group] != nil
    }

    /// Whether everything of a group has been taken into a batch.
    func isTaken(_ group: GroupName) -> Bool {
        !changedGroups.contains(group)
    }

    /// Whether what is sent to a group arrives here.
    func isHeard(_ group: GroupName) -> Bool {
        groups[group]?.subscription == .confirmed
    }

    /// A channel joins.
    ///
    /// - Returns: Whether that is acknowledged already. If not, the waiter hears of it later.
    mutating func join(_ channel: ChannelName, to group: GroupName, now: Double, waiter: Waiter) -> Bool {
        var entry = groups.removeValue(forKey: group) ?? (isInDoubt ? Group(listed: nil, isUnseen: true) : Group())
        defer { groups[group] = entry }
        if releasedGroups.remove(group) != nil { entry.isHeldElsewhere = true }
        if let member = entry.members[channel] {
            let isUnchanged = !entry.joining.contains(channel) && !entry.inFlight.contains(channel)
            if member.isAcknowledged, isUnchanged, entry.subscription == .confirmed { return true }
            // Refused, or in while the relay is down: written once more, and acknowledged with that.
            if isUnchanged { entry.joining.insert(channel) }
        } else {
            entry.add(channel, since: now)
        }
        if entry.isChanged { changedGroups.insert(group) }
        if entry.subscription == .none { unsubscribedGroups.insert(group) }
        entry.waiters[channel, default: []].append(waiter)
        return false
    }

    /// A channel leaves; returns those who waited for its join.
    mutating func leave(_ channel: ChannelName, from group: GroupName) -> [Waiter] {
        guard var entry = groups.removeValue(forKey: group) else { return [] }
        guard entry.remove(channel) else {
            groups[group] = entry
            return []
        }
        let waiters = entry.waiters.removeValue(forKey: channel) ?? []
        if entry.isUntold {
            // Forgotten at once, or names would pile up while Redis is away and clients come and go.
            changedGroups.remove(group)
            unsubscribedGroups.remove(group)
            refusedGroups.remove(group)
            doubtfulGroups.remove(group)
            return waiters
        }
        if entry.needsBatch {
            changedGroups.insert(group)
        } else {
            changedGroups.remove(group)
        }
        groups[group] = entry
        return waiters
    }

    /// Every channel leaves every group; returns those who waited for a join.
    mutating func leaveAll() -> [Waiter] {
        var waiters: [Waiter] = []
        for (group, entry) in groups {
            for channel in entry.members.keys { waiters += leave(channel, from: group) }
        }
        return waiters
    }
}
