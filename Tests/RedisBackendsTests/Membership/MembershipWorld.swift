import ChannelLayers
import MusterTesting

@testable import RedisBackends

/// A table, the Redis that it writes to, the relay, those who wait, the search for strangers and a reaper: all of it by
/// chance, from a seed.
struct MembershipWorld {
    private typealias Table = MembershipTable<Int>

    private static let groups: [GroupName] = ["g", "h", "i"]
    private static let channels = (0..<6).map { ChannelName(front: "specific.f", serial: $0) }

    private var random: SeededGenerator
    private var table = Table()
    private var reconciliation = Reconciliation()
    private var now = 0.0
    private var nextWaiter = 0
    /// Who waits for which join.
    private var waiting: [Int: (channel: ChannelName, group: GroupName)] = [:]
    /// The parts of the batch on its way, and what becomes of each.
    private var inFlight: [(part: Table.GroupBatch, outcome: Table.Outcome)] = []
    private var isBatchListed = true
    /// The round that the batch on its way ends, if all of it arrives.
    private var lastOfRound: Int?
    private var isBatchWritten = true
    /// Groups whose relay was subscribed to when the batch was taken: the others' members were never written.
    private var confirmedAtTake: Set<GroupName> = []
    /// Who has left or come since the batch was taken.
    private var movedSinceTake: Set<ChannelName> = []
    /// The subscription on its way.
    private var subscribing: [GroupName] = []
    private var isRelayUp = true
    /// Whether this world's Redis ever refuses anything.
    private let isRefusing: Bool

    /// The search for strangers: what is left to look at, and what was seen but not yet told to the table.
    private var search: (round: Int, rest: [GroupName], seen: (group: GroupName, channels: [ChannelName])?)?
    /// A dump that Redis may go back to.
    private var snapshot = ModelRedis()
    private var isLapsed = false
    /// What a reaper has read and will remove.
    private var reaping: [(group: GroupName, channel: ChannelName, since: Double)] = []

    private(set) var redis = ModelRedis()
    /// With joining times.
    private(set) var wanted: [GroupName: [ChannelName: Double]] = [:]
    /// What the relay is subscribed to when it is up.
    private(set) var subscribed: Set<GroupName> = []
    private(set) var faults: [String] = []
    private(set) var agreements = 0
    private(set) var strangers = 0
    private(set) var reaped = 0

    var unanswered: [Int] { waiting.keys.sorted() }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        isRefusing = seed % 2 == 0
    }

    mutating func step() {
        now += 1
        let group = Self.groups[Int.random(in: 0..<3, using: &random)]
        let channel = Self.channels[Int.random(in: 0..<6, using: &random)]
        switch Int.random(in: 0..<120, using: &random) {
        case 0..<25: join(channel, group)
        case 25..<45: leave(channel, group)
        case 45..<60: visitRelay()
        case 60..<75: takeBatch()
        case 75..<92: settleOne()
        case 92: reconnect()
        case 93..<96: snapshot = redis
        case 96: relayLost()
        case 97..<100: relayRestored()
        case 100..<102: _ = table.retryRefused()
        case 102..<116:
            lookForStrangers()
            lookForStrangers()
        case 116: isLapsed = true
        case 117..<119: reap()
        default: takeLeaseBack()
        }
        passBy()
        checkListing()
    }

    /// Everything works again, and the loops do what is left.
    mutating func settle() {
        while !inFlight.isEmpty { settleOne() }
        relayRestored()
        reconnect()
        reap()
        takeLeaseBack()
        reap()
        for _ in 0..<50 {
            visitRelay(isLucky: true)
            visitRelay(isLucky: true)
            lookForStrangers()
            takeBatch(isLucky: true)
            while !inFlight.isEmpty { settleOne() }
            checkListing()
        }
        if !table.isSettled { fault("not settled") }
        if !reconciliation.isAgreed { fault("no agreement") }
        wanted = wanted.filter { !$0.value.isEmpty }
        if Set(table.populatedGroups) != Set(wanted.keys) { fault("populated: \(table.populatedGroups)") }
        if Set(table.knownGroups) != Set(wanted.keys) { fault("known: \(table.knownGroups)") }
    }

    private mutating func fault(_ text: String) {
        if !faults.contains(text) { faults.append(text) }
    }

    private mutating func checkListing() {
        // A Redis that refuses to list leaves members unlisted, and the process unready.
        if !isRefusing, !redis.unlisted.isEmpty { fault("not listed: \(redis.unlisted)") }
    }

    // MARK: - Members

    private mutating func join(_ channel: ChannelName, _ group: GroupName) {
        nextWaiter += 1
        waiting[nextWaiter] = (channel, group)
        if wanted[group]?[channel] == nil { wanted[group, default: [:]][channel] = now }
        movedSinceTake.insert(channel)
        if table.join(channel, to: group, now: now, waiter: nextWaiter) { acknowledge([nextWaiter]) }
    }

    private mutating func leave(_ channel: ChannelName, _ group: GroupName) {
        wanted[group]?[channel] = nil
        movedSinceTake.insert(channel)
        answer(table.leave(channel, from: group))
        if waiting.values.contains(where: { $0 == (channel, group) }) { fault("left, but still waiting") }
    }

    /// Somebody comes to a group of their own and leaves at once: nothing is remembered of that.
    private mutating func passBy() {
        let group: GroupName = "passing"
        _ = table.join(Self.channels[0], to: group, now: now, waiter: -1)
        _ = table.leave(Self.channels[0], from: group)
        if table.isKnown(group) { fault("a name is left behind") }
    }

    private mutating func acknowledge(_ waiters: [Int]) {
        for waiter in waiters {
            guard let (channel, group) = waiting[waiter] else { continue }
            // A reaper may take what was just written, as long as the process does not know that its lease has lapsed.
            if redis.members[group]?[channel] == nil, !isLapsed { fault("acknowledged, but not in Redis") }
            if !isRelayUp || !subscribed.contains(group) { fault("acknowledged, but the relay is deaf") }
        }
        answer(waiters)
    }

    private mutating func answer(_ waiters: [Int]) {
        for waiter in waiters where waiting.removeValue(forKey: waiter) == nil {
            fault("answered twice: \(waiter)")
        }
    }

    // MARK: - The relay

    /// The subscribing loop: it awaits one subscription before it begins the next.
    private mutating func visitRelay(isLucky: Bool = false) {
        guard subscribing.isEmpty else {
            guard isRelayUp else { return }
            if isLucky || Int.random(in: 0..<5, using: &random) > 0 {
                subscribed.formUnion(subscribing)
                table.relayConfirmed(subscribing)
            } else {
                table.relayFailed(subscribing)
            }
            subscribing = []
            return
        }
        subscribed.subtract(table.takeReleased())
        subscribing = table.takeUnsubscribed()
    }

    private mutating func relayLost() {
        isRelayUp = false
        table.relayLost()
    }

    private mutating func relayRestored() {
        isRelayUp = true
        table.relayRestored()
    }

    // MARK: - Batches

    /// The writing loop: it awaits one batch before it takes the next.
    private mutating func takeBatch(isLucky: Bool = false) {
        guard inFlight.isEmpty else { return }
        let batch = table.takeBatch(limit: Int.random(in: 1...8, using: &random))
        lastOfRound = reconciliation.awaitsWriting.flatMap { table.isWholeTaken ? $0 : nil }
        movedSinceTake = []
        confirmedAtTake = Set(Self.groups.filter { table.groups[$0]?.subscription == .confirmed })
        isBatchWritten = true
        isBatchListed = isLucky || !isRefusing || Int.random(in: 0..<10, using: &random) > 0
        // The connection is lost for all of a batch or for none of it.
        let isLost = !isLucky && Int.random(in: 0..<4, using: &random) == 0
        for part in batch {
            let isRefused = !isLucky && isRefusing && Int.random(in: 0..<8, using: &random) == 0
            inFlight.append((part, isLost ? .lost : isRefused ? .refused : .written))
        }
        let commands = isLost ? Int.random(in: 0...2 * batch.count + 2, using: &random) : .max
        let taken = inFlight.map { ($0.part, $0.outcome != .refused) }
        redis.apply(taken, isListingTaken: isBatchListed, commands)
        if batch.isEmpty { endRound() }
    }

    private mutating func settleOne() {
        guard !inFlight.isEmpty else { return }
        let (part, outcome) = inFlight.removeFirst()
        let settlement = table.settle(part, outcome, isListed: isBatchListed)
        if outcome != .written { isBatchWritten = false }
        acknowledge(settlement.acknowledged)
        answer(settlement.refused)
        if inFlight.isEmpty { endRound() }
    }

    private mutating func endRound() {
        guard let round = lastOfRound, isBatchWritten, isBatchListed else { return }
        lastOfRound = nil
        let wasAgreed = reconciliation.isAgreed
        reconciliation.written(round)
        guard !wasAgreed, reconciliation.isAgreed else { return }
        agreements += 1
        // Refused members are owed until they are tried again; a reaper's doings are another reason to doubt.
        guard !isRefusing, !isLapsed, reaping.isEmpty else { return }
        for group in Self.groups {
            let held = Set((redis.members[group] ?? [:]).keys).subtracting(movedSinceTake)
            let meant = Set((wanted[group] ?? [:]).keys).subtracting(movedSinceTake)
            if !held.isSubset(of: meant) { fault("agreed, with strangers in \(group)") }
            if confirmedAtTake.contains(group), held != meant {
                fault("agreed, but some are missing in \(group)")
            }
        }
    }

    // MARK: - Doubt

    /// A new connection: Redis may have been restarted without its data, or with older data.
    private mutating func reconnect() {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: redis = ModelRedis()
        case 1...2: redis = snapshot
        default: break
        }
        doubt(rejoinedAt: nil)
    }

    private mutating func doubt(rejoinedAt time: Double?) {
        reconciliation.doubt()
        table.markAllChanged(rejoinedAt: time)
        guard let time else { return }
        wanted = wanted.mapValues { $0.mapValues { _ in time } }
    }

    /// One step of the search: begins, looks into a group, or tells what was seen there.
    private mutating func lookForStrangers() {
        if let current = search, current.round == reconciliation.round {
            if let seen = current.seen {
                let found = seen.channels.count { table.found($0, in: seen.group) }
                strangers += found
                if seen.channels.isEmpty, redis.listing[seen.group] != nil { table.foundListed(seen.group) }
                search?.seen = nil
            } else if let group = search?.rest.popLast() {
                search?.seen = (group, Array((redis.members[group] ?? [:]).keys))
            } else {
                reconciliation.swept(current.round)
                table.endDoubt()
                search = nil
            }
        } else if let round = reconciliation.awaitsSweep {
            search = (round, Array(Set(table.knownGroups).union(redis.listing.keys)), nil)
        } else {
            search = nil
        }
    }

    /// One step of a reaper: reads some of what it sees and makes sure of its claim, or removes what it has read, even
    /// if the lease was taken back since.
    private mutating func reap() {
        if reaping.isEmpty {
            guard isLapsed else { return }
            for (group, members) in redis.members {
                for (channel, since) in members where Bool.random(using: &random) {
                    reaping.append((group, channel, since))
                }
            }
        } else {
            for (group, channel, since) in reaping where redis.remove(channel, from: group, joinedAt: since) {
                reaped += 1
            }
            reaping = []
        }
    }

    private mutating func takeLeaseBack() {
        guard isLapsed else { return }
        isLapsed = false
        doubt(rejoinedAt: now)
    }
}
