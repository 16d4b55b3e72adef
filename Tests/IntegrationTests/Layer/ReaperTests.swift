import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// What live processes do about one that died; what it left is written by hand, so that every stage can be had.
@Suite("Reaper")
struct ReaperTests {
    private let quick = RedisChannelLayerConfiguration(heartbeat: .milliseconds(200), lease: .seconds(1))

    @Test("Exactly the dead front's members go, from every group, while others come and go")
    func exactly() async throws {
        try await withLayers(2, quick) { layers in
            let dead = DeadFront(redis: layers.redis[0])
            let groups = try (0..<40).map { try GroupName("g\($0)") }
            var staying: [GroupName: Set<ChannelName>] = [:]
            for (index, group) in groups.enumerated() {
                let members = layers.layers.map { $0.newConnectionChannel() }
                for (layer, member) in zip(layers.layers, members) { try await layer.groupAdd(member, to: group) }
                staying[group] = Set(members)
                try await dead.join(group, members: index * 20)
            }
            let churn = Task {
                while !Task.isCancelled {
                    for group in groups {
                        let channel = layers[0].newConnectionChannel()
                        try await layers[0].groupAdd(channel, to: group)
                        layers[0].groupDiscard(channel, from: [group])
                    }
                }
            }
            try await dead.lapse()
            try await dead.waitUntilReaped()
            churn.cancel()
            _ = await churn.result
            for group in groups {
                #expect(try await dead.count(in: group) == 0)
                try await eventually("those who stay") {
                    try await Set(layers[0].groupMembers(group)) == staying[group]
                }
            }
            #expect(try await dead.field(.until).isEmpty)
            #expect(try await dead.field(.reaper).isEmpty)
            #expect(try await layers.redis[0].cli("exists", RedisKeys().groups(of: dead.name)) == "0")
        }
    }

    @Test("Several reapers share many dead fronts, and each is cleared up after")
    func several() async throws {
        try await withLayers(3, quick) { layers in
            let fronts = (0..<12).map { _ in DeadFront(redis: layers.redis[0]) }
            let groups: [GroupName] = ["a", "b", "c"]
            for front in fronts {
                for group in groups { try await front.join(group, members: 300) }
            }
            for front in fronts { try await front.lapse() }
            for front in fronts { try await front.waitUntilReaped() }
            for group in groups { #expect(try await layers[0].groupCount(group) == 0) }
            #expect(try await layers.redis[0].cli("zcard", RedisKeys().fronts) == "3")
        }
    }

    @Test("A reaper that died half-way keeps its claim for a while; then another goes on")
    func replaced() async throws {
        try await withLayers(2, quick) { layers in
            let dead = DeadFront(redis: layers.redis[0])
            try await dead.join("room", members: 600)
            // Before the claim is written: it lapses no sooner than two seconds from here.
            let start = ContinuousClock.now
            try await dead.lapse(2, reaper: ("0123456789abcdef0123456789abcdef", 2))
            while start.duration(to: .now) < .seconds(1) {
                let left = try await dead.count(in: "room")
                #expect(left == 600 || start.duration(to: .now) > .milliseconds(1900))
            }
            try await dead.waitUntilReaped()
            #expect(ContinuousClock.now >= start + .milliseconds(1900))
            #expect(try await layers[0].groupCount("room") == 0)
        }
    }

    @Test("A front that lives is left alone, whatever the list of fronts says")
    func alive() async throws {
        try await withLayers(1, quick) { layers in
            let (alive, dead) = (DeadFront(redis: layers.redis[0]), DeadFront(redis: layers.redis[0]))
            for front in [alive, dead] { try await front.join("room", members: 5) }
            try await alive.lapse(-60, listed: 1)
            try await dead.lapse()
            try await dead.waitUntilReaped()
            #expect(try await alive.isListed())
            #expect(try await layers[0].groupCount("room") == 5)
        }
    }

    @Test("After an outage that made all leases lapse, nobody is taken for dead before the time of a lease is over")
    func outage() async throws {
        try await withLayers(1, quick) { layers in
            let redis = layers.redis[0]
            let late = DeadFront(redis: redis)
            try await late.join("room", members: 5)
            let own = try #require(FrontName(of: layers[0].newConnectionChannel()))
            let start = ContinuousClock.now
            try await redis.cli("hset", RedisKeys().front(own), "until", "1")
            try await late.lapse()
            try await late.waitUntilReaped()
            #expect(start.duration(to: .now) >= quick.lease)
            #expect(try await layers[0].groupCount("room") == 0)
        }
    }

    @Test("A group that something else is in the place of does not keep the others from being cleared")
    func wrongType() async throws {
        try await withLayers(1, quick) { layers in
            let dead = DeadFront(redis: layers.redis[0])
            for group: GroupName in ["a", "b"] { try await dead.join(group, members: 5) }
            try await layers.redis[0].cli("set", "asgi:group:a", "x")
            try await layers.redis[0].cli("zadd", RedisKeys().groups(of: dead.name), "1", "no group's name")
            try await dead.lapse()
            try await dead.waitUntilReaped()
            #expect(try await layers[0].groupCount("b") == 0)
        }
    }

    @Test("Whatever is in the place of people or of a listing does not keep the rest from being cleared")
    func wrongTypeOfPeople() async throws {
        try await withLayers(1, quick) { layers in
            let redis = layers.redis[0]
            let (dead, unlisted) = (DeadFront(redis: redis), DeadFront(redis: redis))
            let listing = "asgi:front:\(dead.name):users"
            for group in ["a", "b", "c"] {
                try await redis.cli("hset", listing, group, "{\"stamp\": 1}")
                try await redis.cli("hset", "asgi:users:\(group)", "bob", "\(dead.name):1")
            }
            try await redis.cli("set", "asgi:users:b", "x")
            try await redis.cli("set", "asgi:front:\(unlisted.name):users", "x")
            try await redis.cli("set", RedisKeys().groups(of: unlisted.name), "x")
            for front in [dead, unlisted] { try await front.lapse() }
            for front in [dead, unlisted] { try await front.waitUntilReaped() }
            for group: GroupName in ["a", "c"] { #expect(try await layers[0].peopleCount(group) == 0) }
        }
    }

    @Test("Fronts that cannot be cleared up after, and names of none, do not keep a newer one from it")
    func starvation() async throws {
        try await withLayers(1, quick) { layers in
            let redis = layers.redis[0]
            let stuck = (0..<40).map { _ in DeadFront(redis: redis) }
            for front in stuck { try await front.lapse(-3600, listed: 1000) }
            for number in 0..<40 {
                try await redis.cli("zadd", RedisKeys().fronts, "\(number)", "no front's name \(number)")
            }
            let dead = DeadFront(redis: redis)
            try await dead.join("room", members: 5)
            try await dead.lapse()
            try await dead.waitUntilReaped()
            #expect(try await layers[0].groupCount("room") == 0)
            try await eventually("those of no front are removed") {
                try await redis.cli("zcard", RedisKeys().fronts) == "\(stuck.count + 1)"
            }
        }
    }

    @Test("The count after a clean-up is told by a front that does not clear up, too")
    func counts() async throws {
        try await withTestRedis { redis in
            // Its heartbeats are too far apart to find anybody dead.
            let slow = RedisChannelLayerConfiguration(heartbeat: .seconds(600), lease: .seconds(1800))
            try await withLayers(1, on: [redis], slow) { telling in
                let member = telling[0].newConnectionChannel()
                try await telling[0].groupAdd(member, to: "room")
                telling[0].announceCount(of: "room", as: CountMessage(type: "number", field: "n"))
                let dead = DeadFront(redis: redis)
                try await dead.join("room", members: 300)
                telling[0].announceCount(of: "room", as: CountMessage(type: "number", field: "n"))
                _ = await telling.receiver(0).messages(to: "room", timeout: .seconds(20)) {
                    $0.last?["n"]?.stringValue == "301"
                }
                // The one that clears up has nobody in the group.
                try await withLayers(1, on: [redis], quick) { _ in
                    try await dead.lapse()
                    try await dead.waitUntilReaped()
                }
                let seen = await telling.receiver(0).messages(to: "room", timeout: .seconds(20)) {
                    $0.last?["n"]?.stringValue == "1"
                }
                #expect(seen.last?["n"]?.stringValue == "1")
            }
        }
    }

    @Test("With several hosts each stands by itself")
    func hosts() async throws {
        try await withLayers(2, hosts: 2, quick) { layers in
            // room has its members on the first host, a on the second.
            for (redis, group) in zip(layers.redis, ["room", "a"] as [GroupName]) {
                let dead = DeadFront(redis: redis)
                try await dead.join(group, members: 10)
                try await dead.lapse()
                try await dead.waitUntilReaped()
                #expect(try await layers[0].groupCount(group) == 0)
            }
        }
    }

    @Test("What waits in a dead front's mailbox goes with it")
    func mailbox() async throws {
        try await withLayers(1, quick) { layers in
            let dead = DeadFront(redis: layers.redis[0])
            try await layers[0].send(Message(type: "hello"), to: ChannelName(front: dead.name.channelPrefix, serial: 1))
            let key = RedisKeys().mailbox(front: dead.name.channelPrefix)
            #expect(try await layers.redis[0].cli("zcard", key) == "1")
            try await dead.lapse()
            try await dead.waitUntilReaped()
            #expect(try await layers.redis[0].cli("exists", key) == "0")
        }
    }

    @Test("100,000 members of a dead front among 100,000 others are removed without a slow command")
    func large() async throws {
        try await withLayers(1, quick) { layers in
            let redis = layers.redis[0]
            let (dead, alive) = (DeadFront(redis: redis), DeadFront(redis: redis))
            for front in [dead, alive] { try await front.join("room", members: 100_000) }
            try await redis.cli("config", "set", "slowlog-log-slower-than", "5000")
            try await redis.cli("config", "set", "slowlog-max-len", "1000")
            try await redis.cli("slowlog", "reset")
            try await redis.cli("config", "resetstat")
            try await dead.lapse()
            try await dead.waitUntilReaped(timeout: .seconds(120))
            #expect(try await layers[0].groupCount("room") == 100_000)
            // A command takes well under a millisecond. On a machine with other work some take longer, but not many.
            let slow = try #require(Int(try await redis.cli("slowlog", "len")))
            var calls = 0
            for command in ["zscan", "evalsha"] {
                let statistics = try await redis.cli("info", "commandstats").split(whereSeparator: \.isNewline)
                    .first { $0.hasPrefix("cmdstat_\(command):") }
                let match = try #require(statistics?.firstMatch(of: /calls=([0-9]+),.*usec_per_call=([0-9.]+)/))
                #expect(try #require(Double(match.2)) < 1000, "\(statistics ?? "")")
                calls += try #require(Int(match.1))
            }
            #expect(calls > 800)
            let worst = try await redis.cli("slowlog", "get", "5")
            #expect(slow * 50 < calls, "\(slow) of \(calls) commands took over 5 ms: \(worst.prefix(2000))")
            print("200,000 members, half of them removed: \(calls) commands, \(slow) of them over 5 ms")
        }
    }
}
