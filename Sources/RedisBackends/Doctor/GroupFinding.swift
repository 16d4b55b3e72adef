package import ChannelLayers

/// What is wrong with a group.
package struct GroupFinding: Sendable, Hashable {
    package let group: GroupName
    package let host: Int
    /// `ZCARD`: the online count as everyone sees it.
    package let count: Int
    /// Members of live fronts.
    package let live: Int
    /// Members of Django processes.
    package let django: Int
    /// Members of nobody known.
    package let others: Int
    /// Members of fronts without a good lease.
    package let dead: [FrontName: Int]
    /// Members of live fronts that are more or fewer (below zero) than these fronts say.
    package let drift: [FrontName: Int]
    /// Members of Django processes that nobody reads for, by what their names have in common.
    package let unread: [String: Int]
    /// Entries of people on fronts without a good lease.
    package let deadPeople: [FrontName: Int]

    /// Makes a finding of a look at a group.
    ///
    /// - Parameters:
    ///   - tally: The look.
    ///   - live: The fronts with a good lease after the look.
    ///   - unread: The Django processes that nobody reads for.
    ///   - people: The entries of people, by the front that they are on.
    package init(_ tally: GroupTally, live: Set<FrontName>, unread: Set<String>, people: [FrontName: Int]) {
        group = tally.group
        host = tally.host
        count = tally.count
        self.live = tally.fronts.reduce(0) { $0 + (live.contains($1.key) ? $1.value.found : 0) }
        django = tally.core.values.reduce(0, +) + tally.pubSub.count
        others = tally.nobodys
        dead = tally.dead(live: live)
        drift = tally.drift(live: live)
        self.unread = tally.core.merging(tally.pubSub.map { ($0.rawValue, 1) }) { old, _ in old }
            .filter { unread.contains($0.key) }
        deadPeople = people.filter { !live.contains($0.key) }
    }

    private init(_ latest: GroupFinding, as earlier: GroupFinding) {
        group = latest.group
        host = latest.host
        count = latest.count
        live = latest.live
        django = latest.django
        others = latest.others
        dead = Self.common(latest.dead, earlier.dead)
        unread = Self.common(latest.unread, earlier.unread)
        deadPeople = Self.common(latest.deadPeople, earlier.deadPeople)
        drift = latest.drift.reduce(into: [:]) { common, entry in
            guard let before = earlier.drift[entry.key], (before > 0) == (entry.value > 0) else { return }
            common[entry.key] = abs(before) < abs(entry.value) ? before : entry.value
        }
    }

    /// Where it is.
    package var place: GroupPlace { GroupPlace(group, on: host) }

    /// Whether nothing is wrong.
    package var isClean: Bool { dead.isEmpty && drift.isEmpty && unread.isEmpty && deadPeople.isEmpty }

    /// What was wrong in an earlier look and still is: the rest was on its way.
    package func persisting(since earlier: GroupFinding) -> GroupFinding {
        GroupFinding(self, as: earlier)
    }

    private static func common<Key: Hashable>(_ one: [Key: Int], _ other: [Key: Int]) -> [Key: Int] {
        one.reduce(into: [:]) { common, entry in
            if let count = other[entry.key] { common[entry.key] = min(count, entry.value) }
        }
    }
}

/// A group, on one host: its members and its people may be on two.
package struct GroupPlace: Sendable, Hashable {
    package let group: GroupName
    package let host: Int

    package init(_ group: GroupName, on host: Int) {
        self.group = group
        self.host = host
    }
}
