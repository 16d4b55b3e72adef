import ChannelLayers

/// Which channels of this process are in which group, and what of that Redis does not know yet.
///
/// It records what is wanted, not what was done: a change marks its member, and a batch is made from what is wanted at
/// the time it is taken. A member that joins and leaves before it was ever written costs Redis nothing; after a
/// reconnection everything is marked, and Redis is made to agree.
struct MembershipTable<Waiter> {
    /// What is to be written for one group.
    struct GroupBatch {
        let group: GroupName
        var joins: [(channel: ChannelName, since: Double)] = []
        var leaves: [ChannelName] = []
    }

    /// How a batch went for one group.
    enum Outcome {
        /// Redis has it.
        case written
        /// Redis was not reached, or not heard from: to be written again.
        case lost
        /// Redis refused it: those who wait are told, and it is tried again with `retryRefused` or a reconnection.
        case refused
    }

    /// What follows from a batch's outcome.
    struct Settlement {
        var acknowledged: [Waiter] = []
        var refused: [Waiter] = []
    }

    private struct Member {
        /// When it joined, in Unix seconds.
        let since: Double
        /// Whether Redis may hold it.
        var isWritten = false
        /// Whether the batch that it is in is the first to write it: if that is refused, Redis does not hold it.
        var isFirstWrite = false
        /// Whether Redis has said that it holds it.
        var isAcknowledged = false
    }

    private struct Group {
        var members: [ChannelName: Member] = [:]
        /// Members whose state in Redis may differ from what is wanted.
        var changed: Set<ChannelName> = []
        var inFlight: Set<ChannelName> = []
        /// Former members that Redis would not let go: to be tried again after the next reconnection.
        var refusedLeaves: Set<ChannelName> = []
        var waiters: [ChannelName: [Waiter]] = [:]
        var subscription = Subscription.none
    }

    private enum Subscription {
        /// Not asked for. Goes to `requested`.
        case none
        /// Being asked for. Goes to `confirmed`, or back to `none` if it cannot be made.
        case requested
        /// Redis has confirmed it. Goes to `lost` with the relay's connection.
        case confirmed
        /// The relay is down; it renews the subscription by itself. Goes to `confirmed` when it is back.
        case lost
    }

    private var groups: [GroupName: Group] = [:]
    private var changedGroups: Set<GroupName> = []
    private var unsubscribedGroups: Set<GroupName> = []
    private var releasedGroups: Set<GroupName> = []
    private var refusedGroups: Set<GroupName> = []
    private var isRelayUp = true

    /// Groups that have members here.
    var populatedGroups: [GroupName] { groups.filter { !$0.value.members.isEmpty }.map(\.key) }

    /// Whether Redis knows all that is wanted.
    var isSettled: Bool { changedGroups.isEmpty && groups.allSatisfy { $0.value.inFlight.isEmpty } }

    func isPopulated(_ group: GroupName) -> Bool {
        groups[group]?.members.isEmpty == false
    }

    /// Whether a group has members here, or had some that Redis has yet to let go.
    func isKnown(_ group: GroupName) -> Bool {
        groups[group] != nil
    }

    /// Whether everything of a group has been taken into a batch.
    func isTaken(_ group: GroupName) -> Bool {
        !changedGroups.contains(group)
    }

    // MARK: - What is wanted

    /// A channel joins.
    ///
    /// - Returns: Whether that is acknowledged already. If not, the waiter hears of it later.
    mutating func join(_ channel: ChannelName, to group: GroupName, now: Double, waiter: Waiter) -> Bool {
        var entry = groups.removeValue(forKey: group) ?? Group()
        defer { groups[group] = entry }
        releasedGroups.remove(group)
        if let member = entry.members[channel] {
            let isUnchanged = !entry.changed.contains(channel) && !entry.inFlight.contains(channel)
            if member.isAcknowledged, isUnchanged, entry.subscription == .confirmed { return true }
            // Refused, or in while the relay is down: written once more, and acknowledged with that.
            if isUnchanged { entry.changed.insert(channel) }
        } else {
            // One that has left may still be in Redis.
            let mayBeWritten =
                entry.changed.contains(channel) || entry.inFlight.contains(channel)
                || entry.refusedLeaves.remove(channel) != nil
            entry.members[channel] = Member(since: now, isWritten: mayBeWritten)
            entry.changed.insert(channel)
        }
        if !entry.changed.isEmpty { changedGroups.insert(group) }
        if entry.subscription == .none { unsubscribedGroups.insert(group) }
        entry.waiters[channel, default: []].append(waiter)
        return false
    }

    /// A channel leaves; returns those who waited for its join.
    mutating func leave(_ channel: ChannelName, from group: GroupName) -> [Waiter] {
        guard var entry = groups.removeValue(forKey: group) else { return [] }
        defer { groups[group] = entry }
        guard let member = entry.members.removeValue(forKey: channel) else { return [] }
        if member.isWritten || entry.inFlight.contains(channel) {
            entry.changed.insert(channel)
        } else {
            entry.changed.remove(channel)
        }
        // A group that is empty has to pass through a batch, even an empty one, to be let go.
        if entry.members.isEmpty || !entry.changed.isEmpty {
            changedGroups.insert(group)
        } else {
            changedGroups.remove(group)
        }
        return entry.waiters.removeValue(forKey: channel) ?? []
    }

    /// Every channel leaves every group; returns those who waited for a join.
    mutating func leaveAll() -> [Waiter] {
        var waiters: [Waiter] = []
        for (group, entry) in groups {
            for channel in entry.members.keys { waiters += leave(channel, from: group) }
        }
        return waiters
    }

    /// Redis may have lost or kept anything: every member is to be written again.
    mutating func markAllChanged() {
        for group in groups.keys { markChanged(group) }
        refusedGroups.removeAll()
    }

    /// What Redis refused is to be written again, as it may take it now.
    ///
    /// - Returns: The groups concerned.
    mutating func retryRefused() -> Set<GroupName> {
        defer { refusedGroups.removeAll() }
        for group in refusedGroups { markChanged(group) }
        return refusedGroups
    }

    private mutating func markChanged(_ group: GroupName) {
        guard var entry = groups.removeValue(forKey: group) else { return }
        entry.changed.formUnion(entry.members.keys)
        entry.changed.formUnion(entry.refusedLeaves)
        entry.refusedLeaves.removeAll()
        groups[group] = entry
        if !entry.changed.isEmpty { changedGroups.insert(group) }
    }

    // MARK: - The relay's subscriptions

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

    // MARK: - Batches

    /// Takes what is to be written now.
    ///
    /// - Parameter limit: At most this many members, so that no command blocks Redis for long; the rest comes next time.
    /// - Returns: A part per group; the next batch is taken when every part is settled.
    mutating func takeBatch(limit: Int) -> [GroupBatch] {
        var batch: [GroupBatch] = []
        var room = limit
        for group in changedGroups where room > 0 {
            guard var entry = groups.removeValue(forKey: group) else {
                changedGroups.remove(group)
                continue
            }
            let part = Self.take(from: &entry, group: group, room: &room)
            groups[group] = entry
            if entry.changed.isEmpty { changedGroups.remove(group) }
            if !part.joins.isEmpty || !part.leaves.isEmpty || (entry.members.isEmpty && entry.inFlight.isEmpty) {
                batch.append(part)
            }
        }
        return batch
    }

    private static func take(from entry: inout Group, group: GroupName, room: inout Int) -> GroupBatch {
        var part = GroupBatch(group: group)
        for channel in entry.changed {
            guard room > 0 else { break }
            if var member = entry.members[channel] {
                guard entry.subscription == .confirmed else { continue }
                part.joins.append((channel, member.since))
                member.isFirstWrite = !member.isWritten
                member.isWritten = true
                entry.members[channel] = member
            } else {
                part.leaves.append(channel)
            }
            entry.inFlight.insert(channel)
            room -= 1
        }
        entry.changed.subtract(entry.inFlight)
        return part
    }

    /// Notes how a batch went for one group.
    mutating func settle(_ part: GroupBatch, _ outcome: Outcome) -> Settlement {
        var settlement = Settlement()
        guard var entry = groups.removeValue(forKey: part.group) else { return settlement }
        entry.inFlight.subtract(part.joins.map(\.channel))
        entry.inFlight.subtract(part.leaves)
        switch outcome {
        case .written: settlement.acknowledged = acknowledge(part, in: &entry)
        case .refused: settlement.refused = refuse(part, in: &entry)
        case .lost:
            for (channel, _) in part.joins { entry.members[channel]?.isFirstWrite = false }
            entry.changed.formUnion(part.joins.map(\.channel))
            entry.changed.formUnion(part.leaves)
        }
        if !entry.changed.isEmpty { changedGroups.insert(part.group) }
        if entry.members.isEmpty, entry.changed.isEmpty, entry.inFlight.isEmpty {
            release(part.group, entry)
        } else {
            groups[part.group] = entry
        }
        return settlement
    }

    private func acknowledge(_ part: GroupBatch, in entry: inout Group) -> [Waiter] {
        var acknowledged: [Waiter] = []
        for (channel, _) in part.joins where !entry.changed.contains(channel) {
            guard entry.subscription == .confirmed else {
                // The relay went down meanwhile: written once more when it is back, and acknowledged with that.
                if entry.waiters[channel] != nil { entry.changed.insert(channel) }
                continue
            }
            entry.members[channel]?.isAcknowledged = true
            acknowledged += entry.waiters.removeValue(forKey: channel) ?? []
        }
        return acknowledged
    }

    private mutating func refuse(_ part: GroupBatch, in entry: inout Group) -> [Waiter] {
        var refused: [Waiter] = []
        refusedGroups.insert(part.group)
        for (channel, _) in part.joins {
            if entry.members[channel]?.isFirstWrite == true { entry.members[channel]?.isWritten = false }
            entry.members[channel]?.isAcknowledged = false
            refused += entry.waiters.removeValue(forKey: channel) ?? []
        }
        entry.refusedLeaves.formUnion(part.leaves.filter { entry.members[$0] == nil })
        return refused
    }

    /// Nobody is left here, and Redis has been told.
    private mutating func release(_ group: GroupName, _ entry: Group) {
        changedGroups.remove(group)
        unsubscribedGroups.remove(group)
        releasedGroups.insert(group)
        guard !entry.refusedLeaves.isEmpty else { return }
        var rest = Group()
        rest.refusedLeaves = entry.refusedLeaves
        groups[group] = rest
    }
}
