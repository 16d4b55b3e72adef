import ChannelLayers
import MusterTesting
import RedisBackends
import Testing

/// What a process does for its own lease.
@Suite("Lease of a layer")
struct LeaseTests {
    private let quick = RedisChannelLayerConfiguration(
        heartbeat: .milliseconds(200),
        lease: .seconds(1),
        details: { FrontDetails(address: "10.0.0.7:8000", connections: 3, version: "1.2.3") }
    )

    private func name(of layer: RedisChannelLayer) throws -> FrontName {
        try #require(FrontName(of: layer.newConnectionChannel()))
    }

    @Test("Each heartbeat puts the lease off, in the front's hash and on the list of fronts, and says who it is")
    func renewed() async throws {
        try await withLayers(1, quick) { layers in
            let redis = layers.redis[0]
            let (key, name) = (RedisKeys().front(try name(of: layers[0])), try name(of: layers[0]).rawValue)
            func until() async throws -> Double {
                try #require(Double(try await redis.cli("hget", key, "until")))
            }
            func listed() async throws -> Double {
                try #require(Double(try await redis.cli("zscore", RedisKeys().fronts, name)))
            }
            let (first, since) = (try await until(), try await redis.cli("hget", key, "since"))
            let firstListed = try await listed()
            try await eventually("put off") { try await until() > first + 0.5 }
            try await eventually("put off on the list") { try await listed() > firstListed + 0.5 }
            #expect(try await redis.cli("hmget", key, "address", "connections", "version") == "10.0.0.7:8000\n3\n1.2.3")
            #expect(try await redis.cli("hget", key, "since") == since)
            #expect(try await redis.cli("ttl", key) == "-1")
            let commands = try await redis.cli("info", "commandstats")
            #expect(!commands.contains("cmdstat_keys"))
        }
    }

    @Test("A graceful end leaves no key", arguments: 1...2)
    func graceful(hosts: Int) async throws {
        try await withRedisHosts(hosts) { redis in
            try await withEndingLayer(on: redis, quick) { layer in
                for group in ["room", "a", "b"] as [GroupName] {
                    for _ in 0..<20 { try await layer.groupAdd(layer.newConnectionChannel(), to: group) }
                }
                for host in redis { #expect(try await host.cli("zcard", RedisKeys().fronts) == "1") }
            }
            for host in redis { #expect(try await host.cli("keys", "*") == "") }
        }
    }

    @Test("A crash leaves the members and the lease; another process clears up once it has lapsed")
    func crash() async throws {
        try await withTestRedis { redis in
            try await withLayers(1, on: [redis], quick) { staying in
                let member = staying[0].newConnectionChannel()
                try await staying[0].groupAdd(member, to: "room")
                let crashed = try await withLayers(1, on: [redis], quick) { layers in
                    for group in ["room", "a", "b"] as [GroupName] {
                        for _ in 0..<20 { try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: group) }
                    }
                    return try name(of: layers[0])
                }
                let reaped = RedisKeys().front(crashed)
                try await eventually("reaped") { try await redis.cli("hget", reaped, "reaped") == "1" }
                #expect(try await staying[0].groupMembers("room") == [member])
                #expect(try await redis.cli("keys", "asgi:group:*") == "asgi:group:room")
                try await eventually("off the list") { try await redis.cli("zcard", RedisKeys().fronts) == "1" }
                #expect(try #require(Int(try await redis.cli("ttl", reaped))) > 86_000)
            }
        }
    }

    @Test("If all have died, the first to start clears up")
    func allDead() async throws {
        try await withTestRedis { redis in
            try await withLayers(3, on: [redis], quick) { layers in
                for layer in layers.layers {
                    for _ in 0..<20 { try await layer.groupAdd(layer.newConnectionChannel(), to: "room") }
                }
            }
            #expect(try await redis.cli("zcard", "asgi:group:room") == "60")
            try await withLayers(1, on: [redis], quick) { layers in
                let member = layers[0].newConnectionChannel()
                try await layers[0].groupAdd(member, to: "room")
                try await eventually("cleared", timeout: .seconds(30)) {
                    try await layers[0].groupMembers("room") == [member]
                }
            }
        }
    }

    @Test(
        "Whatever becomes of its lease, a front that lives takes it back and writes its members again",
        arguments: [
            "emptied", "lapsed", "claimed", "reaped", "asked",
        ]
    )
    func takenBack(how: String) async throws {
        try await withLayers(1, quick) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let members = (0..<30).map { _ in layer.newConnectionChannel() }
            for member in members { try await layer.groupAdd(member, to: "room") }
            let front = RedisKeys().front(try name(of: layer))
            switch how {
            case "emptied": try await redis.cli("flushall")
            case "lapsed": try await redis.cli("hset", front, "until", "1")
            case "claimed": try await redis.cli("hset", front, "reaper", "x", "reaper_until", "99999999999")
            case "reaped": try await redis.cli("hset", front, "reaped", "1")
            default: try await redis.cli("hset", front, "reconcile", "1")
            }
            try await redis.cli("del", "asgi:group:room")
            try await eventually("all are back") { try await Set(layer.groupMembers("room")) == Set(members) }
            #expect(try await redis.cli("hmget", front, "reaper", "reaped", "reconcile") == "\n\n")
            #expect(try #require(Double(try await redis.cli("hget", front, "until"))) > 1_000_000)
        }
    }

    @Test("A front whose lease Redis refuses is not ready, says why, and is ready when it is taken")
    func refused() async throws {
        try await withLayers(1, quick) { layers in
            try await layers.redis[0].cli("acl", "setuser", "default", "-evalsha")
            try await eventually("readiness says why") {
                if case .notReady(let reason) = layers[0].readiness { reason.contains("lease") } else { false }
            }
            try await layers.redis[0].cli("acl", "setuser", "default", "+evalsha")
            try await eventually("ready again") { layers[0].readiness == .ready }
        }
    }

    @Test("While Redis hangs, a front says in time that its lease is about to lapse")
    func hanging() async throws {
        // The lease is over well before a command has taken too long, which would be told instead.
        let short = RedisChannelLayerConfiguration(heartbeat: .milliseconds(200), lease: .milliseconds(600))
        try await withLayers(1, short) { layers in
            layers.redis[0].pause()
            try await eventually("readiness names the lease", every: .milliseconds(5)) {
                if case .notReady(let reason) = layers[0].readiness { reason.hasPrefix("lease") } else { false }
            }
            layers.redis[0].resume()
            try await eventually("ready again") { layers[0].readiness == .ready }
        }
    }
}
