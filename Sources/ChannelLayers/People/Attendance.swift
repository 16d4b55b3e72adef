import DequeModule

/// Who is in which group by way of this process' channels: each person once, and for a grace period after the last
/// channel has left, so that a reload is no leave.
///
/// A plain value: its owner guards it with the lock that guards the membership.
package struct Attendance: Sendable {
    /// A person in a group.
    package struct Key: Sendable, Hashable {
        package let group: GroupName
        package let user: UserName

        package init(group: GroupName, user: UserName) {
            self.group = group
            self.user = user
        }
    }

    private struct Stay {
        var channels: Set<ChannelName> = []
        /// The departure that ends it, by its number; `nil` while a channel is there.
        var departure: UInt64?
    }

    private struct Group {
        var stays: [UserName: Stay] = [:]
        var users: [ChannelName: UserName] = [:]
        var presence: PresenceMessage?
    }

    private struct Departure {
        let number: UInt64
        let key: Key
        let end: ContinuousClock.Instant
    }

    /// How long a person who has left is waited for.
    package let grace: Duration
    private var groups: [GroupName: Group] = [:]
    /// In the order of their ends, as the grace period is always the same.
    ///
    /// A person who has come back leaves an entry behind that nothing matches any more.
    private var departures: Deque<Departure> = []
    /// How many people are waited for.
    private var leaving = 0
    private var nextDepartureNumber: UInt64 = 1

    package init(grace: Duration) {
        self.grace = grace
    }

    /// Whether nobody is anywhere.
    package var isEmpty: Bool { groups.isEmpty }

    /// When `takeDeparted` has something to give, or somebody who has come back just before; `nil` if nobody leaves.
    package var nextDeparture: ContinuousClock.Instant? { departures.first?.end }

    /// How many entries are kept of people who have left, or had.
    package var waiting: Int { departures.count }

    /// How many people are in a group, those who are waited for included.
    package func count(of group: GroupName) -> Int {
        groups[group]?.stays.count ?? 0
    }

    /// Who is in a group, at most so many, those who are waited for included.
    package func users(in group: GroupName, limit: Int) -> [UserName] {
        groups[group].map { Array($0.stays.keys.prefix(max(limit, 0))) } ?? []
    }

    /// How a group is told of its people.
    package func presence(in group: GroupName) -> PresenceMessage? {
        groups[group]?.presence
    }

    package func contains(_ key: Key) -> Bool {
        groups[key.group]?.stays[key.user] != nil
    }

    /// A channel joins; one that was somebody else's before is no longer.
    ///
    /// - Returns: The person, if this is the first channel and nobody waited for them.
    package mutating func join(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person?,
        now: ContinuousClock.Instant
    ) -> Key? {
        if groups[group]?.users[channel] != person?.user { leave(channel, from: group, now: now) }
        guard let person else { return nil }
        var entry = groups.removeValue(forKey: group) ?? Group()
        defer { groups[group] = entry }
        entry.presence = person.presence
        entry.users[channel] = person.user
        let isNew = entry.stays[person.user] == nil
        var stay = entry.stays.removeValue(forKey: person.user) ?? Stay()
        stay.channels.insert(channel)
        if stay.departure != nil {
            stay.departure = nil
            leaving -= 1
        }
        entry.stays[person.user] = stay
        return isNew ? Key(group: group, user: person.user) : nil
    }

    /// A channel leaves; if it was the person's last one, the grace period begins.
    package mutating func leave(_ channel: ChannelName, from group: GroupName, now: ContinuousClock.Instant) {
        guard let user = groups[group]?.users.removeValue(forKey: channel) else { return }
        groups[group]?.stays[user]?.channels.remove(channel)
        guard groups[group]?.stays[user]?.channels.isEmpty == true else { return }
        appendDeparture(of: Key(group: group, user: user), at: now + grace)
    }

    /// Somebody who has gone is waited for once more, as if the last channel had just left.
    package mutating func linger(_ key: Key, presence: PresenceMessage?, now: ContinuousClock.Instant) {
        guard !contains(key) else { return }
        groups[key.group, default: Group(presence: presence)].stays[key.user] = Stay()
        appendDeparture(of: key, at: now + grace)
    }

    /// All channels leave; nobody is waited for longer than until `latest`.
    package mutating func leaveAll(now: ContinuousClock.Instant, latest: ContinuousClock.Instant) {
        let known = departures.filter(isCurrent)
        departures.removeAll()
        leaving = 0
        var ends: [Key: ContinuousClock.Instant] = [:]
        for departure in known { ends[departure.key] = departure.end }
        for group in groups.keys {
            groups[group]?.users.removeAll()
            for user in groups[group]?.stays.keys.map({ $0 }) ?? [] {
                let key = Key(group: group, user: user)
                groups[group]?.stays[user] = Stay()
                ends[key] = min(ends[key] ?? now + grace, latest)
            }
        }
        for (key, end) in ends.sorted(by: { $0.value < $1.value }) { appendDeparture(of: key, at: end) }
    }

    /// Takes those whose grace period is over.
    package mutating func takeDeparted(
        now: ContinuousClock.Instant
    ) -> [(key: Key, presence: PresenceMessage?)] {
        var departed: [(key: Key, presence: PresenceMessage?)] = []
        while let first = departures.first, first.end <= now {
            departures.removeFirst()
            guard isCurrent(first) else { continue }
            leaving -= 1
            departed.append((first.key, groups[first.key.group]?.presence))
            groups[first.key.group]?.stays[first.key.user] = nil
            if groups[first.key.group]?.stays.isEmpty == true { groups[first.key.group] = nil }
        }
        return departed
    }

    private mutating func appendDeparture(of key: Key, at end: ContinuousClock.Instant) {
        groups[key.group]?.stays[key.user]?.departure = nextDepartureNumber
        departures.append(Departure(number: nextDepartureNumber, key: key, end: end))
        nextDepartureNumber += 1
        leaving += 1
        // Channels that come and go all the time must not make it longer than there are people.
        guard departures.count > 2 * leaving + 64 else { return }
        departures = Deque(departures.filter(isCurrent))
    }

    private func isCurrent(_ departure: Departure) -> Bool {
        groups[departure.key.group]?.stays[departure.key.user]?.departure == departure.number
    }
}
