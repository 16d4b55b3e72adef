import ChannelLayers

extension MembershipTable {
    /// What is to be written for one group.
    struct GroupBatch {
        let group: GroupName
        var joins: [(channel: ChannelName, since: Double)] = []
        var leaves: [ChannelName] = []
        /// How many members the listing of this process' groups is to show from now on: before the joins, or, if none,
        /// after the leaves; `nil` leaves it as it is.
        var listing: Int?

        /// How much room it takes in a batch.
        var size: Int { max(1, joins.count + leaves.count) }
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

    /// Takes what is to be written now.
    ///
    /// - Parameter limit: At most this many members, so that no command blocks Redis for long; the rest comes next
    ///   time.
    /// - Returns: A part per group; the next batch is taken when every part is settled.
    mutating func takeBatch(limit: Int) -> [GroupBatch] {
        var batch: [GroupBatch] = []
        var room = limit
        for group in changedGroups where room > 0 {
            guard var entry = groups.removeValue(forKey: group) else {
                changedGroups.remove(group)
                continue
            }
            let part = take(from: &entry, group: group, room: room)
            let isEmpty = entry.members.isEmpty && !entry.isChanged && entry.inFlight.isEmpty
            if isInDoubt, entry.held == 0 { doubtfulGroups.insert(group) }
            groups[group] = entry
            if !entry.isChanged { changedGroups.remove(group) }
            if !part.joins.isEmpty || !part.leaves.isEmpty || part.listing != nil || (isEmpty && !isInDoubt) {
                batch.append(part)
                room -= part.size
            }
        }
        return batch
    }

    private func take(from entry: inout Group, group: GroupName, room: Int) -> GroupBatch {
        var part = GroupBatch(group: group)
        part.leaves = Self.take(room, of: &entry.leaving)
        if entry.subscription == .confirmed {
            for channel in Self.take(room - part.leaves.count, of: &entry.joining) {
                part.joins.append((channel, entry.send(channel)))
            }
        }
        entry.inFlight.formUnion(part.leaves)
        entry.inFlight.formUnion(part.joins.lazy.map(\.channel))
        if !entry.inFlight.isEmpty { entry.isUnseen = false }
        if entry.held != entry.listed, entry.held > 0 || !isInDoubt {
            part.listing = entry.held
            entry.isUnseen = false
            entry.listed = entry.held
        }
        return part
    }

    private static func take(_ limit: Int, of channels: inout Set<ChannelName>) -> [ChannelName] {
        let taken = Array(channels.prefix(limit))
        if taken.count == channels.count {
            channels = []
        } else {
            channels.subtract(taken)
        }
        return taken
    }

    /// Notes how a batch went for one group.
    ///
    /// - Parameters:
    ///   - part: What was written for it.
    ///   - outcome: How that went.
    ///   - isListed: Whether what there was to say to the listing was said, where that is known.
    /// - Returns: Whom to tell.
    mutating func settle(_ part: GroupBatch, _ outcome: Outcome, isListed: Bool = true) -> Settlement {
        var settlement = Settlement()
        guard var entry = groups.removeValue(forKey: part.group) else { return settlement }
        entry.inFlight.subtract(part.joins.lazy.map(\.channel))
        entry.inFlight.subtract(part.leaves)
        switch outcome {
        case .written: settlement.acknowledged = acknowledge(part, in: &entry)
        case .refused: settlement.refused = refuse(part, in: &entry)
        case .lost:
            for (channel, _) in part.joins { entry.sendAgain(channel) }
            for channel in part.leaves { entry.sendAgain(channel) }
            entry.listed = nil
            changedGroups.insert(part.group)
        }
        if !isListed, part.listing != nil {
            entry.listed = nil
            refusedGroups.insert(part.group)
        }
        if entry.isChanged { changedGroups.insert(part.group) }
        if entry.members.isEmpty, entry.inFlight.isEmpty, !changedGroups.contains(part.group), !isInDoubt {
            release(part.group, entry)
        } else {
            groups[part.group] = entry
        }
        return settlement
    }

    private func acknowledge(_ part: GroupBatch, in entry: inout Group) -> [Waiter] {
        var acknowledged: [Waiter] = []
        for (channel, _) in part.joins where entry.members[channel] != nil && !entry.joining.contains(channel) {
            guard entry.subscription == .confirmed else {
                // The relay went down meanwhile: written once more when it is back, and acknowledged with that.
                if entry.waiters[channel] != nil { entry.joining.insert(channel) }
                continue
            }
            entry.acknowledge(channel)
            acknowledged += entry.waiters.removeValue(forKey: channel) ?? []
        }
        return acknowledged
    }

    private mutating func refuse(_ part: GroupBatch, in entry: inout Group) -> [Waiter] {
        var refused: [Waiter] = []
        refusedGroups.insert(part.group)
        for (channel, _) in part.joins {
            entry.refuse(channel)
            refused += entry.waiters.removeValue(forKey: channel) ?? []
        }
        for channel in part.leaves where entry.members[channel] == nil && !entry.leaving.contains(channel) {
            entry.refusedLeaves.insert(channel)
        }
        entry.listed = nil
        return refused
    }

    /// Nobody is left here, and Redis has been told.
    private mutating func release(_ group: GroupName, _ entry: Group) {
        changedGroups.remove(group)
        unsubscribedGroups.remove(group)
        releasedGroups.insert(group)
        guard !entry.refusedLeaves.isEmpty || entry.listed != 0 else { return }
        var rest = Group(listed: entry.listed)
        rest.refusedLeaves = entry.refusedLeaves
        groups[group] = rest
    }
}
