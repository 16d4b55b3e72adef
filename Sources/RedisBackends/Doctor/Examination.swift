import ChannelLayers
import Redis

/// One look at everything that Redis holds of groups and fronts; reads only.
struct Examination {
    /// How long a Django process may leave its mailbox unread; `nil` if they are not judged.
    let unreadFor: Duration?
    private let hosts: RedisHosts
    private let reading: SlicedReading
    /// What the last look found wrong: the only groups that the next one looks at; `nil` for all of them.
    private let suspects: Set<GroupPlace>?

    private var tallies: [GroupTally] = []
    private var people: [GroupPlace: [FrontName: Int]] = [:]
    private var traces: Set<Leftover> = []
    private var mistyped: Set<MistypedKey> = []

    init(hosts: RedisHosts, unreadFor: Duration?, suspects: Set<GroupPlace>? = nil) {
        self.hosts = hosts
        self.unreadFor = unreadFor
        self.suspects = suspects
        reading = SlicedReading(hosts: hosts)
    }

    /// Looks at every host.
    ///
    /// Leases come before members at a front's start and after them at its end, so the fronts are asked for last: a
    /// member that was found belongs to one with a lease then, unless it has died or left meanwhile; the next look tells.
    mutating func run() async throws(ChannelLayerError) -> Checkup {
        let known = try await FrontSurvey(hosts: hosts).register()
        for host in hosts.clients.indices {
            try await look(at: host, fronts: known.live)
        }
        let named = tallies.reduce(into: Set(traces.map(\.front))) { $0.formUnion($1.fronts.keys) }
            .union(people.values.flatMap(\.keys))
        let register = try await FrontSurvey(hosts: hosts).register(others: named)
        return try await checkup(register, named: named)
    }

    private mutating func look(at host: Int, fronts: Set<FrontName>) async throws(ChannelLayerError) {
        var groups: Set<GroupName> = []
        var peoplesGroups: Set<GroupName> = []
        var traces: Set<Leftover> = []
        let mistyped = try await reading.keys(on: host) { key in
            switch key {
            case .members(let group): groups.insert(group)
            case .people(let group): peoplesGroups.insert(group)
            // Nobody is in a history: what is in it goes by itself.
            case .history: break
            case .front(let front): traces.insert(Leftover(.record, of: front, on: host))
            case .groups(let front): traces.insert(Leftover(.groups, of: front, on: host))
            case .peoplesGroups(let front): traces.insert(Leftover(.peoplesGroups, of: front, on: host))
            }
        }
        self.traces.formUnion(traces)
        self.mistyped.formUnion(mistyped)
        // A group that has lost all its members has no key, but it is still in the listings.
        for front in fronts {
            try await reading.members(of: hosts.keys.groups(of: front), on: host) { slice in
                for (name, _) in slice {
                    if let group = try? GroupName(name) { groups.insert(group) }
                }
            }
        }
        groups.formUnion(peoplesGroups)
        for group in groups.sorted(by: { $0.rawValue < $1.rawValue }) {
            let place = GroupPlace(group, on: host)
            guard suspects?.contains(place) != false else { continue }
            tallies.append(try await tally(group, on: host, fronts: fronts))
            if peoplesGroups.contains(group) { people[place] = try await peoplesFronts(group, on: host) }
        }
    }

    private func tally(
        _ group: GroupName,
        on host: Int,
        fronts: Set<FrontName>
    ) async throws(ChannelLayerError) -> GroupTally {
        let key = hosts.keys.members(of: group)
        let order = Array(fronts)
        let listings = order.map {
            RedisCommand("ZSCORE", RedisArgument(hosts.keys.groups(of: $0)), RedisArgument(group.rawValue))
        }
        let what = "tell which groups a front has"
        let before = try await hosts.answers(to: listings, on: host, what, wrongTypeIsEmpty: true)
        var tally = GroupTally(group, on: host, began: try await hosts.clock(of: host))
        // A set that grows while it is read gives members twice. Hashes of names take less room than names; one in
        // billions counts for another.
        var seen: Set<Int> = []
        try await reading.members(of: key, on: host) { slice in
            for (name, score) in slice where seen.insert(name.hashValue).inserted {
                tally.add(name, score: score.double ?? 0, keys: hosts.keys)
            }
        }
        let size = RedisCommand("ZCARD", RedisArgument(key))
        let after = try await hosts.answers(to: listings + [size], on: host, "count a group", wrongTypeIsEmpty: true)
        for (index, front) in order.enumerated() {
            tally.listedBefore[front] = GroupTally.listed(before[index].double)
            tally.listedAfter[front] = GroupTally.listed(after[index].double)
        }
        tally.count = after.last?.int ?? 0
        return tally
    }

    /// On which fronts a group's people are, and how many on each.
    private func peoplesFronts(
        _ group: GroupName,
        on host: Int
    ) async throws(ChannelLayerError) -> [FrontName: Int] {
        var fronts: [FrontName: Int] = [:]
        try await reading.fields(of: hosts.keys.people(of: group), on: host) { slice in
            for (_, names) in slice {
                // An entry is the front's name, and a stamp of its own after a colon.
                for entry in (names.string ?? "").split(separator: " ") {
                    fronts[FrontName(String(entry.prefix { $0 != ":" })), default: 0] += 1
                }
            }
        }
        return fronts
    }

    private func checkup(
        _ register: FrontRegister,
        named: Set<FrontName>
    ) async throws(ChannelLayerError) -> Checkup {
        var checkup = Checkup()
        let live = register.live
        var mailboxes = DjangoMailboxes(hosts: hosts)
        if let unreadFor { try await mailboxes.judge(tallies, unreadFor: unreadFor) }
        checkup.liveFronts = live
        checkup.undecided = mailboxes.undecided
        checkup.groups = tallies.count { $0.count > 0 }
        checkup.members = tallies.reduce(0) { $0 + $1.count }
        checkup.findings =
            tallies
            .map { GroupFinding($0, live: live, unread: mailboxes.unread, people: people[$0.place] ?? [:]) }
            .filter { !$0.isClean }
        checkup.leftovers = try await leftovers(register, named: named)
        checkup.mistypedKeys = mistyped
        return checkup
    }

    /// What fronts without a good lease have left; what says that they have been cleared up after is no such thing.
    private func leftovers(
        _ register: FrontRegister,
        named: Set<FrontName>
    ) async throws(ChannelLayerError) -> Set<Leftover> {
        let live = register.live
        var found = traces.filter { !live.contains($0.front) && $0.kind != .record }
        for record in register.records where !live.contains(record.name) {
            if record.listedUntil != nil { found.insert(Leftover(.lease, of: record.name, on: record.host)) }
            guard register.standing(record) != .clearedUp, record.hasFields else { continue }
            found.insert(Leftover(.record, of: record.name, on: record.host))
        }
        let dead = named.union(register.records.map(\.name)).subtracting(live).sorted { $0.rawValue < $1.rawValue }
        for host in hosts.clients.indices {
            let keys = dead.map { RedisArgument(hosts.keys.mailbox(front: $0.channelPrefix)) }
            let commands = keys.map { RedisCommand("EXISTS", $0) }
            let replies = try await hosts.answers(to: commands, on: host, "tell which mailboxes there are")
            for (front, reply) in zip(dead, replies) where reply.int == 1 {
                found.insert(Leftover(.mailbox, of: front, on: host))
            }
        }
        return try await withoutExpiring(found)
    }

    /// Leaves out what Redis will drop by itself: notes for a front that may yet come back.
    private func withoutExpiring(_ found: Set<Leftover>) async throws(ChannelLayerError) -> Set<Leftover> {
        var lasting = found
        for host in hosts.clients.indices {
            let here = found.filter { $0.host == host && $0.kind != .lease }.map { $0 }
            let commands = here.map { RedisCommand("TTL", RedisArgument(hosts.keys.key(of: $0))) }
            let replies = try await hosts.answers(to: commands, on: host, "tell when keys expire")
            for (leftover, reply) in zip(here, replies) where reply.int != -1 { lasting.remove(leftover) }
        }
        return lasting
    }
}

extension RedisKeys {
    fileprivate func key(of leftover: Leftover) -> String {
        switch leftover.kind {
        case .lease: fronts
        case .record: front(leftover.front)
        case .groups: groups(of: leftover.front)
        case .peoplesGroups: peoplesGroups(of: leftover.front)
        case .mailbox: mailbox(front: leftover.front.channelPrefix)
        }
    }
}
