import ChannelLayers

/// How far the recorded messages of one host's groups have been handed over here, and which groups are to catch up on
/// what the relay missed.
///
/// Pure. It knows groups with members here that have heard or read a recorded message; of others nobody can say what
/// they missed.
struct HistoryFollowing {
    /// A group that catches up, and after which message it reads on.
    struct Turn: Equatable {
        let group: GroupName
        let start: MessageID
        /// Which break of the relay it is about; a later one begins anew.
        let round: Int
    }

    /// What comes after a page that was handed over.
    enum Next: Equatable {
        case readOn(Turn)
        /// The group has caught up.
        case done
        /// The relay broke again, or nobody here is in the group any more: the turn is nobody's business now.
        case over
    }

    private var positions: [GroupName: MessageID] = [:]
    private var playbacks: [GroupName: Playback] = [:]
    private var waiting: [GroupName] = []
    private var round = 0
    /// Whether the relay is away, or back with some of its groups only.
    private var isLost = false
    /// Groups of which a recorded message was handed over since the relay was last known to have brought everything.
    private var unproven: Set<GroupName> = []

    /// A message is heard; says whether it is to be handed over.
    ///
    /// Of a group that has no members here any more nothing is noted, unless something is: nobody would forget it.
    mutating func heard(
        _ id: MessageID?,
        in group: GroupName,
        hasMembers: Bool = true
    ) -> Playback.Verdict {
        guard let id else { return .deliver }
        if var playback = playbacks[group] {
            let verdict = playback.heard(id)
            playbacks[group] = playback == .live ? nil : playback
            guard verdict == .deliver else { return .letGo }
        }
        guard hasMembers || positions[group] != nil else { return .deliver }
        // What was missed before it is not known: the group is to be told.
        // A smaller one is of a history that began anew, which reading on will find out, or was not given by it.
        if positions[group] != nil || !isLost { positions[group] = max(positions[group] ?? id, id) }
        unproven.insert(group)
        return .deliver
    }

    /// The only member here has read the group's history up to a message; what it has heard says more.
    mutating func read(_ group: GroupName, upTo end: MessageID) {
        if positions[group] == nil, !isLost { positions[group] = end }
    }

    /// Nobody here is in the group any more.
    mutating func forget(_ group: GroupName) {
        positions[group] = nil
        playbacks[group] = nil
        unproven.remove(group)
    }

    /// The relay is away: what is heard again comes after what is missed, as soon as one group is subscribed to again and
    /// before all are.
    mutating func lost() {
        round += 1
        isLost = true
        waiting.removeAll()
        for group in positions.keys { playbacks[group] = .reading(newest: nil) }
    }

    /// The relay is back with these groups; returns those that cannot catch up.
    mutating func restored(_ groups: [GroupName]) -> [GroupName] {
        round += 1
        isLost = false
        unproven.removeAll()
        return begin(groups)
    }

    /// The relay has brought all that came before.
    mutating func proven() {
        unproven.removeAll(keepingCapacity: true)
    }

    /// The relay of these groups has missed something since it was last proven; returns those that cannot catch up.
    ///
    /// Of a group that was heard since then it cannot be told what was missed before that.
    mutating func missed(_ groups: [GroupName]) -> [GroupName] {
        round += 1
        defer { unproven.removeAll(keepingCapacity: true) }
        return begin(groups)
    }

    private mutating func begin(_ groups: [GroupName]) -> [GroupName] {
        waiting.removeAll()
        // Also those of groups that do not begin anew: what they read for has ended.
        playbacks.removeAll()
        return groups.filter { group in
            guard positions[group] != nil, !unproven.contains(group) else { return true }
            playbacks[group] = .reading(newest: nil)
            waiting.append(group)
            return false
        }
    }

    /// Takes groups that are to catch up.
    mutating func takeTurns(limit: Int) -> [Turn] {
        var turns: [Turn] = []
        while turns.count < limit, let group = waiting.popLast() {
            // It may have been left since.
            guard let start = positions[group], playbacks[group] != nil else { continue }
            turns.append(Turn(group: group, start: start, round: round))
        }
        return turns
    }

    /// A page was read; says whether it is to be handed over, which then must happen.
    mutating func take(_ page: HistoryPage, in turn: Turn) -> Bool {
        guard isOn(turn) else { return false }
        positions[turn.group] = page.end
        return true
    }

    /// The page that was taken is handed over; returns how the group goes on.
    mutating func handedOver(_ page: HistoryPage, in turn: Turn) -> Next {
        guard isOn(turn), let next = playbacks[turn.group]?.read(page) else { return .over }
        switch next {
        case .readOn(let end): return .readOn(Turn(group: turn.group, start: end, round: turn.round))
        case .done: return .done
        }
    }

    /// The history cannot be read: what is heard is handed over again.
    ///
    /// Says whether the group is to be told of a gap.
    mutating func giveUp(_ turn: Turn) -> Bool {
        guard isOn(turn) else { return false }
        playbacks[turn.group] = nil
        return true
    }

    /// Whether a group still reads for that break of the relay.
    func isOn(_ turn: Turn) -> Bool {
        guard turn.round == round, case .reading = playbacks[turn.group] else { return false }
        return true
    }
}
