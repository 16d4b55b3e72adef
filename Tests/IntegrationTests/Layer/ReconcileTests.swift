import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// Redis is made to agree with the layers' own members, whatever it has lost or kept.
@Suite("Reconciling with Redis")
struct ReconcileTests {
    /// Leases that lapse soon: what waits for one does not hold up a test.
    private static let configuration = RedisChannelLayerConfiguration(
        heartbeat: .milliseconds(200),
        lease: .seconds(1)
    )

    @Test("Redis restarted empty: ready again means that every member is back, as it is wanted by then")
    func restartedEmpty() async throws {
        try await withLayers(2, Self.configuration) { layers in
            var members = try await Members.join(layers, groups: ["g", "h"], each: 20)
            try await members.expectAgreement()
            layers.redis[0].kill()
            try await eventually("both notice") { layers.layers.allSatisfy { $0.readiness != .ready } }
            members.leave(5, from: "g")
            let joins = members.joinLater(5, to: "h")
            try await layers.redis[0].restart()
            try await members.waitUntilReady()
            // At once: readiness has waited for it.
            for join in joins { try await join.value }
            try await members.expectAgreement()
        }
    }

    @Test("Redis restarted with old data: members that left since are removed, those that joined since are there")
    func oldData() async throws {
        try await withLayers(2, Self.configuration) { layers in
            var members = try await Members.join(layers, groups: ["g", "h", "gone"], each: 20)
            try await layers.redis[0].cli("save")
            members.leave(10, from: "g")
            members.leave(.max, from: "gone")
            try await members.join(10, to: "h")
            try await members.join(3, to: "new")
            try await eventually("all that is written") { try await members.disagreement() == nil }
            try await layers.redis[0].restart()
            try await eventually("both notice") {
                let zcard = try await layers.redis[0].cli("zcard", "asgi:group:new")
                return zcard == "6"
            }
            try await members.waitUntilReady()
            try await members.expectAgreement()
        }
    }

    @Test("Redis emptied under live connections: everything is back")
    func emptied() async throws {
        try await withLayers(2, Self.configuration) { layers in
            let members = try await Members.join(layers, groups: ["g", "h"], each: 2000)
            try await layers.redis[0].cli("flushall")
            for layer in layers.layers { layer.reconcile() }
            try await members.waitUntilReady()
            try await members.expectAgreement()
        }
    }

    @Test("What is not wanted is removed from large groups too; members of others are left alone")
    func strangers() async throws {
        try await withLayers(1, Self.configuration) { layers in
            let members = try await Members.join(layers, groups: ["g"], each: 3)
            let front = try #require(members.fronts.first)
            let addOthers = "for i = 1, 100000 do redis.call('zadd', KEYS[1], 1, 'specific.other!' .. i) end"
            let own = (0..<700).flatMap { ["10000000001", "specific.\(front)!stale\($0)"] }
            let redis = layers.redis[0]
            for group in ["g", "h"] {
                try await redis.cli("eval", addOthers, "1", "asgi:group:\(group)")
                try await redis.call(["zadd", "asgi:group:\(group)"] + own)
            }
            // Listed, but nothing of this process is in it.
            try await redis.call(["zadd", "asgi:front:\(front):groups", "700", "h", "3", "nothing"])
            // Many times what one command takes. On a machine with other work some take longer, but not many.
            try await redis.cli("config", "set", "slowlog-log-slower-than", "5000")
            try await redis.cli("config", "set", "slowlog-max-len", "1000")
            try await redis.cli("config", "resetstat")
            try await redis.cli("slowlog", "reset")
            layers[0].reconcile()
            try await members.waitUntilReady()
            let slow = try #require(Int(try await redis.cli("slowlog", "len")))
            let calls =
                try await redis.cli("info", "commandstats").split(whereSeparator: \.isNewline)
                .first { $0.hasPrefix("cmdstat_zscan:") }?.firstMatch(of: /calls=([0-9]+)/).flatMap { Int($0.1) } ?? 0
            #expect(calls > 700)
            #expect(slow * 50 < calls, "\(slow) commands, among \(calls) times ZSCAN, took over 5 ms")
            #expect(try await redis.cli("zcard", "asgi:group:g") == "100003")
            #expect(try await redis.cli("zcard", "asgi:group:h") == "100000")
            #expect(try await redis.cli("zrange", "asgi:front:\(front):groups", "0", "-1", "withscores") == "g\n3")
        }
    }

    @Test("Until Redis lets itself be looked through, readiness says why; members are written all the same")
    func refusedSearch() async throws {
        try await withLayers(1, Self.configuration) { layers in
            let members = try await Members.join(layers, groups: ["g"], each: 3)
            let redis = layers.redis[0]
            try await redis.cli("acl", "setuser", "default", "-zscan")
            try await redis.cli("del", "asgi:group:g")
            layers[0].reconcile()
            try await eventually("readiness says why") {
                guard case .notReady(let reason) = layers[0].readiness else { return false }
                return reason.contains("reconciling with Redis") && reason.contains("zscan")
            }
            try await eventually("the members are back") { try await redis.cli("zcard", "asgi:group:g") == "3" }
            try await redis.cli("acl", "setuser", "default", "+zscan")
            try await members.waitUntilReady()
            try await members.expectAgreement()
        }
    }

    @Test("A shutdown before Redis was looked through keeps the lease: others clear up once it has lapsed")
    func shutdownInDoubt() async throws {
        try await withTestRedis { redis in
            try await withEndingLayer(on: [redis], Self.configuration) { layer in
                let stale = layer.newConnectionChannel().rawValue
                let front = stale.dropFirst("specific.".count).prefix { $0 != "!" }
                try await redis.cli("acl", "setuser", "default", "-zscan")
                layer.reconcile()
                try await eventually("readiness says why") {
                    if case .notReady(let reason) = layer.readiness { reason.contains("zscan") } else { false }
                }
                // As old data would have it: a member of this process that it does not know of any more.
                try await redis.cli("zadd", "asgi:group:g", "10000000001", stale)
                try await redis.cli("zadd", "asgi:front:\(front):groups", "1", "g")
            }
            #expect(try await redis.cli("zcard", "asgi:fronts") == "1")
            try await redis.cli("acl", "setuser", "default", "+zscan")
            try await withLayers(1, on: [redis], Self.configuration) { layers in
                try await eventually("nobody is left", timeout: .seconds(30)) {
                    try await layers[0].groupCount("g") == 0
                }
            }
        }
    }

    @Test("A flush that fails half-way leaves nothing in doubt: a group that is left afterwards is listed no more")
    func failedFlush() async throws {
        try await withLayers(1, Self.configuration) { layers in
            var members = try await Members.join(layers, groups: ["g", "h"], each: 3)
            let redis = layers.redis[0]
            try await redis.cli("acl", "setuser", "default", "-unlink")
            let error = await #expect(throws: ChannelLayerError.self) { try await layers[0].flush() }
            #expect(error?.code == .refused)
            members.leave(.max, from: "g")
            try await eventually("agreement") { try await members.disagreement() == nil }
            try await redis.cli("acl", "setuser", "default", "+unlink")
        }
    }

    @Test("A group that somebody deletes is back soon, also when some have joined it since")
    func deletedGroup() async throws {
        try await withLayers(2, Self.configuration) { layers in
            var members = try await Members.join(layers, groups: ["g", "h"], each: 20)
            try await layers.redis[0].cli("del", "asgi:group:g", "asgi:group:h")
            try await members.join(1, to: "g")
            try await eventually("all are back", timeout: .seconds(30)) { try await members.disagreement() == nil }
            #expect(layers.layers.allSatisfy { $0.readiness == .ready })
        }
    }

    @Test("A listing that Redis refuses keeps a layer unready until it is taken")
    func refusedListing() async throws {
        try await withLayers(1, Self.configuration) { layers in
            var members = try await Members.join(layers, groups: ["g"], each: 3)
            let front = try #require(members.fronts.first)
            try await layers.redis[0].cli("set", "asgi:front:\(front):groups", "something else")
            try await members.join(2, to: "h")
            try await eventually("readiness says why") {
                if case .notReady(let reason) = layers[0].readiness { reason.contains("WRONGTYPE") } else { false }
            }
            try await layers.redis[0].cli("del", "asgi:front:\(front):groups")
            layers[0].reconcile()
            try await members.waitUntilReady()
            try await members.expectAgreement()
        }
    }

    @Test("A count that another process makes smaller as it looks through Redis is told within a lease")
    func counts() async throws {
        let configuration = RedisChannelLayerConfiguration(heartbeat: .seconds(1), lease: .seconds(3))
        try await withLayers(2, configuration) { layers in
            let (staying, other) = (layers[0], layers[1])
            try await staying.groupAdd(staying.newConnectionChannel(), to: "g")
            staying.announceCount(of: "g", as: CountMessage(type: "count", field: "number"))
            // As old data would have it: a former member of a process that is not in the group any more.
            let stale = other.newConnectionChannel().rawValue
            let front = stale.dropFirst("specific.".count).prefix { $0 != "!" }
            try await layers.redis[0].cli("zadd", "asgi:group:g", "10000000001", stale)
            try await layers.redis[0].cli("zadd", "asgi:front:\(front):groups", "1", "g")
            staying.reconcile()
            try await eventually("the wrong count") { layers.lastCount == "2" }
            other.reconcile()
            try await eventually("one member less") { try await staying.groupCount("g") == 1 }
            try await eventually("the true count", timeout: .seconds(30)) { layers.lastCount == "1" }
        }
    }

    @Test("Whatever comes and goes while Redis is restarted, emptied and doubted, it ends up with what is wanted")
    func churn() async throws {
        try await withLayers(2, Self.configuration) { layers in
            var members = try await Members.join(layers, groups: ["g", "h", "i"], each: 30)
            for round in 0..<6 {
                var joins: [Task<Void, any Error>] = []
                for group: GroupName in ["g", "h", "i", "j"] {
                    joins += members.joinLater(20, to: group)
                    members.leave(20, from: group)
                }
                switch round % 3 {
                case 0: try await layers.redis[0].restart()
                case 1:
                    try await layers.redis[0].cli("flushall")
                    try await layers.redis[0].cli("save")
                default: break
                }
                for layer in layers.layers { layer.reconcile() }
                members.leave(10, from: "g")
                for join in joins { _ = await join.result }
            }
            for layer in layers.layers { layer.reconcile() }
            try await eventually("agreement") { try await members.disagreement() == nil }
        }
    }
}

extension Layers {
    /// The last count of the group `g` that the first layer was told.
    fileprivate var lastCount: String? { receiver(0).messages(to: "g").last?["number"]?.stringValue }
}
