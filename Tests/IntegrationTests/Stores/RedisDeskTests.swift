import Applications
import ChannelLayers
import MusterTesting
import RedisBackends
import Testing

/// Customer service's desk on a real Redis.
@Suite("Desk in Redis")
struct RedisDeskTests {
    @Test("Two processes keep every promise of the contract", arguments: [1, 2])
    func keepsTheContract(_ hosts: Int) async throws {
        try await withLayers(2, hosts: hosts) { layers in
            await withTaskGroup(of: Void.self) { tasks in
                for (number, contract) in SupportDeskContract.all.enumerated() {
                    tasks.addTask {
                        do {
                            try await contract.check { limits in
                                layers.layers.map {
                                    RedisDesk(sharing: $0, keys: RedisKeys(prefix: "desk\(number)"), limits: limits)
                                }
                            }
                        } catch {
                            Issue.record(error)
                        }
                    }
                }
            }
        }
    }

    @Test("Two staff members on two processes want the same customer at the same moment, 1,000 times: never both")
    func neverBoth() async throws {
        try await withLayers(2) { layers in
            let desks = layers.layers.map { RedisDesk(sharing: $0) }
            let staff = try ["mia", "ben"].map { try UserName($0) }
            var wins = [0, 0]
            for number in 0..<1000 {
                let customer = try UserName("c\(number)")
                _ = try await desks[0].enter(customer)
                let takings = try await withThrowingTaskGroup(of: (Int, DeskTaking).self) { tasks in
                    for index in 0..<2 {
                        tasks.addTask {
                            let isNamed = number.isMultiple(of: 2)
                            return (
                                index,
                                isNamed
                                    ? try await desks[index].take(customer, for: staff[index])
                                    : try await desks[index].takeNext(for: staff[index])
                            )
                        }
                    }
                    var takings: [(Int, DeskTaking)] = []
                    for try await taking in tasks { takings.append(taking) }
                    return takings
                }
                let winners = takings.filter { $0.1 == .taken(customer) }.map(\.0)
                try #require(winners.count == 1, "\(customer): \(takings)")
                wins[winners[0]] += 1
                #expect(try await desks[0].end(customer, by: staff[winners[0]]))
            }
            // Not one after the other: each was first at times.
            #expect(wins.allSatisfy { $0 > 0 }, "\(wins)")
            #expect(try await layers.redis[0].cli("hlen", "asgi:{support}:talks") == "0")
        }
    }

    @Test(
        "The counts are read with redis-cli, and a desk of a thousand is changed, swept and read in 50 ms at most"
    )
    func countsAndCost() async throws {
        try await withLayers(1) { layers in
            let redis = layers.redis[0]
            let desk = RedisDesk(sharing: layers[0], limits: DeskLimits(lease: .seconds(600)))
            let mia = try UserName("mia")
            for start in stride(from: 0, to: 2000, by: 200) {
                let claims = try (start..<start + 200).map { number in
                    DeskClaim(try UserName("customer-\(number)"), staff: number < 1000 ? mia : nil, order: number + 1)
                }
                #expect(try await desk.renew(claims, staff: [mia]).ended.isEmpty)
            }
            #expect(try await redis.cli("zcard", "asgi:{support}:waiting") == "1000")
            #expect(try await redis.cli("hlen", "asgi:{support}:talks") == "1000")
            #expect(try await redis.cli("zcard", "asgi:{support}:staff") == "1")
            #expect(try await desk.enter(try UserName("late")).place == .full)
            let snapshot = try await desk.snapshot()
            #expect(snapshot.waiting.count == 1000 && snapshot.talks.count == 1000)
            #expect(snapshot.waiting.map(\.order) == Array(1001...2000))
            try await redis.cli("slowlog", "reset")
            try await redis.cli("config", "set", "slowlog-log-slower-than", "50000")
            for _ in 0..<20 {
                _ = try await desk.sweep()
                _ = try await desk.snapshot()
                _ = try await desk.takeNext(for: mia)
            }
            #expect(try await redis.cli("slowlog", "len") == "0")
            for key in DeskKey.allCases where key != .away && key != .ended {
                let lifetime = Int(try await redis.cli("ttl", "asgi:{support}:\(key.rawValue)")) ?? -1
                #expect((3600...4600).contains(lifetime), "\(key)")
            }
        }
    }

    @Test("A thousand customers of a staff member who is gone are swept in 50 ms at most each time, and all come back")
    func costOfLapses() async throws {
        try await withLayers(1) { layers in
            let redis = layers.redis[0]
            let desk = RedisDesk(sharing: layers[0], limits: DeskLimits(lease: .seconds(2)))
            let (mia, ben) = (try UserName("mia"), try UserName("ben"))
            let customers = try (0..<1000).map { try UserName("customer-\($0)") }
            func renew(_ staff: UserName, talking: Bool) async throws {
                for start in stride(from: 0, to: 1000, by: 200) {
                    let claims = customers[start..<start + 200].enumerated().map { index, customer in
                        DeskClaim(customer, staff: talking ? mia : nil, order: start + index + 1)
                    }
                    _ = try await desk.renew(claims, staff: [staff])
                }
            }
            try await renew(mia, talking: true)
            try await redis.cli("slowlog", "reset")
            try await redis.cli("config", "set", "slowlog-log-slower-than", "50000")
            try await eventually("all are in the queue", timeout: .seconds(60)) {
                try await renew(ben, talking: false)
                let sweep = try await desk.sweep()
                #expect(sweep.abandoned.count <= 100)
                return try await redis.cli("hlen", "asgi:{support}:talks") == "0"
            }
            #expect(try await desk.snapshot().waiting.map(\.customer) == customers)
            // All lapse at once.
            try await eventually("nobody is there", timeout: .seconds(60)) {
                _ = try await desk.sweep()
                return try await redis.cli("zcard", "asgi:{support}:waiting") == "0"
            }
            #expect(try await redis.cli("slowlog", "len") == "0")
        }
    }

    @Test("A Redis that was away for longer than a lease keeps the talks of all fronts, whichever is back first")
    func redisAway() async throws {
        try await withLayers(2) { layers in
            let limits = DeskLimits(lease: .seconds(2))
            let desks = layers.layers.map { RedisDesk(sharing: $0, limits: limits) }
            let (ann, bob) = (try UserName("ann"), try UserName("bob"))
            let (mia, ben) = (try UserName("mia"), try UserName("ben"))
            _ = try await desks[0].enter(ann)
            _ = try await desks[0].take(ann, for: mia)
            layers.redis[0].pause()
            try await Task.sleep(for: .seconds(3))
            layers.redis[0].resume()
            // The first front that is back has bob and ben.
            try await eventually("Redis answers", timeout: .seconds(60)) {
                do {
                    _ = try await desks[1].renew([DeskClaim(bob)], staff: [ben])
                    return true
                } catch let error as ChannelLayerError where error.code == .unavailable {
                    return false
                }
            }
            let sweep = try await desks[1].sweep()
            #expect(sweep.abandoned.isEmpty)
            let snapshot = try await desks[1].snapshot()
            #expect(snapshot.talks.map(\.customer) == [ann] && snapshot.away.isEmpty)
            #expect(snapshot.staff == [ben, mia])
        }
    }
}
