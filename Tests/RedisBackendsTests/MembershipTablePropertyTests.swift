import ChannelLayers
import MusterTesting
import Testing

@testable import RedisBackends

struct MembershipTablePropertyTests {
    @Test(
        "Whatever happens in whatever order, Redis ends up with what is wanted and each join is answered once",
        arguments: 0..<400
    )
    func settles(seed: UInt64) throws {
        var world = MembershipWorld(seed: seed)
        for _ in 0..<250 { world.step() }
        world.settle()
        #expect(world.faults == [])
        #expect(world.redis == world.wanted)
        #expect(world.subscribed.isSuperset(of: world.wanted.keys))
        #expect(world.unanswered == [])
    }
}

/// A table, the Redis that it writes to, the relay, and those who wait: all of it by chance, from a seed.
private struct MembershipWorld {
    private static let groups: [GroupName] = ["g", "h", "i"]
    private static let channels = (0..<6).map { ChannelName(front: "specific.f", serial: $0) }

    private var random: SeededGenerator
    private var table = MembershipTable<Int>()
    private var nextWaiter = 0
    /// Who waits for which join.
    private var waiting: [Int: (channel: ChannelName, group: GroupName)] = [:]
    /// The parts of the batch on its way, and what becomes of each.
    private var inFlight: [(part: MembershipTable<Int>.GroupBatch, outcome: MembershipTable<Int>.Outcome)] = []
    /// The subscription on its way.
    private var subscribing: [GroupName] = []
    private var isRelayUp = true

    private(set) var redis: [GroupName: Set<ChannelName>] = [:]
    private(set) var wanted: [GroupName: Set<ChannelName>] = [:]
    /// What the relay is subscribed to when it is up.
    private(set) var subscribed: Set<GroupName> = []
    private(set) var faults: [String] = []

    var unanswered: [Int] { waiting.keys.sorted() }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func step() {
        let group = Self.groups[Int.random(in: 0..<3, using: &random)]
        let channel = Self.channels[Int.random(in: 0..<6, using: &random)]
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: join(channel, group)
        case 25..<45: leave(channel, group)
        case 45..<60: visitRelay()
        case 60..<75: takeBatch()
        case 75..<92: settleOne()
        case 92..<95: reconnect()
        case 95..<97: relayLost()
        default: relayRestored()
        }
    }

    /// Everything works again, and the loops do what is left.
    mutating func settle() {
        while !inFlight.isEmpty { settleOne() }
        relayRestored()
        reconnect()
        for _ in 0..<50 {
            visitRelay(isLucky: true)
            visitRelay(isLucky: true)
            takeBatch(isLucky: true)
            while !inFlight.isEmpty { settleOne() }
        }
        if !table.isSettled { faults.append("not settled") }
        redis = redis.filter { !$0.value.isEmpty }
        wanted = wanted.filter { !$0.value.isEmpty }
        if Set(table.populatedGroups) != Set(wanted.keys) { faults.append("populated: \(table.populatedGroups)") }
    }

    // MARK: - Members

    private mutating func join(_ channel: ChannelName, _ group: GroupName) {
        nextWaiter += 1
        waiting[nextWaiter] = (channel, group)
        wanted[group, default: []].insert(channel)
        if table.join(channel, to: group, now: 0, waiter: nextWaiter) { acknowledge([nextWaiter]) }
    }

    private mutating func leave(_ channel: ChannelName, _ group: GroupName) {
        wanted[group]?.remove(channel)
        answer(table.leave(channel, from: group))
        if waiting.values.contains(where: { $0 == (channel, group) }) { faults.append("left, but still waiting") }
    }

    private mutating func acknowledge(_ waiters: [Int]) {
        for waiter in waiters {
            guard let (channel, group) = waiting[waiter] else { continue }
            if redis[group]?.contains(channel) != true { faults.append("acknowledged, but not in Redis") }
            if !isRelayUp || !subscribed.contains(group) { faults.append("acknowledged, but the relay is deaf") }
        }
        answer(waiters)
    }

    private mutating func answer(_ waiters: [Int]) {
        for waiter in waiters where waiting.removeValue(forKey: waiter) == nil {
            faults.append("answered twice: \(waiter)")
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
        for part in batch {
            let outcome: MembershipTable<Int>.Outcome =
                switch isLucky ? 0 : Int.random(in: 0..<10, using: &random) {
                case 0..<6: .written
                case 6..<9: .lost
                default: .refused
                }
            let reachesRedis = outcome == .written || (outcome == .lost && Bool.random(using: &random))
            if reachesRedis {
                redis[part.group, default: []].formUnion(part.joins.map(\.channel))
                redis[part.group]?.subtract(part.leaves)
            }
            inFlight.append((part, outcome))
        }
    }

    private mutating func settleOne() {
        guard !inFlight.isEmpty else { return }
        let (part, outcome) = inFlight.removeFirst()
        let settlement = table.settle(part, outcome)
        acknowledge(settlement.acknowledged)
        answer(settlement.refused)
    }

    /// A new connection: Redis may have been restarted without its data.
    private mutating func reconnect() {
        if Bool.random(using: &random) { redis = [:] }
        table.markAllChanged()
    }
}
