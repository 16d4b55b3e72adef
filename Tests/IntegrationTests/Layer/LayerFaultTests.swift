import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// What Redis and the network do to a layer: it says so, it answers at once, and it heals by itself.
@Suite("Layer: faults of Redis and the network", .timeLimit(.minutes(3)))
struct LayerFaultTests {
    private static let quick = RedisChannelLayerConfiguration(
        heartbeat: .milliseconds(500),
        lease: .milliseconds(1500),
        probeInterval: .milliseconds(500)
    )

    /// Joins a new channel.
    private static func join(_ test: LinkedLayer, _ group: GroupName = "a") async throws -> ChannelName {
        let channel = test.layer.newConnectionChannel()
        try await test.layer.groupAdd(channel, to: group)
        return channel
    }

    /// Everything works: the members are there, and what is sent arrives.
    private static func check(_ test: LinkedLayer, members: [ChannelName], mark: Int) async throws {
        try await test.waitUntilReady()
        try await eventually("the members are in Redis", timeout: .seconds(30)) {
            Set(try await test.layer.groupMembers("a")) == Set(members)
        }
        try await test.layer.groupSend(.numbered(mark, from: "test"), to: "a")
        let seen = await test.receiver.messages(to: "a", timeout: .seconds(20)) { messages in
            messages.contains(.numbered(mark, from: "test"))
        }
        #expect(seen.contains(.numbered(mark, from: "test")))
        try await test.layer.send(.numbered(mark, from: "direct"), to: members[0])
        let direct = await test.receiver.messages(to: members[0], timeout: .seconds(20)) { messages in
            messages.contains(.numbered(mark, from: "direct"))
        }
        #expect(direct.contains(.numbered(mark, from: "direct")))
    }

    @Test("A password that is changed is told, and the layer is back when the old one is")
    func password() async throws {
        try await withLinkedLayer { test in
            let member = try await Self.join(test)
            try await test.redis.cli("config", "set", "requirepass", "new")
            for type in ["normal", "pubsub"] {
                try await test.redis.cli("-a", "new", "--no-auth-warning", "client", "kill", "type", type)
            }
            try await test.waitUntilUnready("wants a password")
            try await test.redis.cli("-a", "new", "--no-auth-warning", "config", "set", "requirepass", "")
            try await Self.check(test, members: [member], mark: 1)
        }
    }

    @Test("A Redis that loads its data is told")
    func loading() async throws {
        let arguments = ["--enable-debug-command", "yes", "--loading-process-events-interval-bytes", "1024"]
        try await withLinkedLayer(redis: arguments) { test in
            let member = try await Self.join(test)
            try await test.redis.cli("debug", "populate", "20000")
            // In microseconds for each key.
            try await test.redis.cli("config", "set", "key-load-delay", "300")
            async let reloaded = test.redis.cli("debug", "reload")
            try await test.waitUntilUnready("LOADING")
            #expect(try await reloaded == "OK")
            try await Self.check(test, members: [member], mark: 1)
        }
    }

    @Test("A Redis that has become a replica is told, without traffic; afterwards all is as before")
    func readOnly() async throws {
        try await withTestRedis { master in
            try await withLinkedLayer { test in
                let member = try await Self.join(test)
                try await test.redis.cli("replicaof", "127.0.0.1", String(master.port))
                try await test.waitUntilUnready("READONLY")
                await #expect(throws: ChannelLayerError.self) { try await Self.join(test) }
                try await test.redis.cli("replicaof", "no", "one")
                try await test.waitUntilReady()
                #expect(try await test.layer.groupCount("b") == 0)
                _ = try await Self.join(test, "b")
                #expect(try await test.layer.groupCount("b") == 1)
                // The full sync has emptied it: what was there before has to be written again.
                try await eventually("the member is back", timeout: .seconds(30)) {
                    try await test.layer.groupMembers("a").contains(member)
                }
            }
        }
    }

    @Test("After a failover that moves Redis' address and cuts nothing, all connections are made to the new one")
    func failover() async throws {
        try await withTestRedis { new in
            try await withLinkedLayer(Self.quick) { test in
                let member = try await Self.join(test)
                let old = test.redis
                try await test.link.move(to: new.port)
                try await old.cli("replicaof", "127.0.0.1", String(new.port))
                // Nobody cuts the old ones: the layer finds out.
                try await eventually("on the new one", timeout: .seconds(30)) {
                    try await new.cli("zcard", "asgi:group:a") == "1"
                }
                try await Self.check(test, members: [member], mark: 1)
                for type in ["normal", "pubsub"] {
                    #expect(try await new.cli("client", "list", "type", type).contains("name=muster"))
                    #expect(try await !old.cli("client", "list", "type", type).contains("name=muster"))
                }
            }
        }
    }

    @Test("A Redis without memory refuses a join at once, and takes the next one when it has some")
    func outOfMemory() async throws {
        try await withLinkedLayer { test in
            let member = try await Self.join(test)
            try await test.redis.cli("config", "set", "maxmemory-policy", "noeviction")
            try await test.redis.cli("config", "set", "maxmemory", "1")
            let error = await #expect(throws: ChannelLayerError.self) { try await Self.join(test) }
            #expect(error?.code == .refused)
            try await test.waitUntilUnready("OOM")
            try await test.redis.cli("config", "set", "maxmemory", "0")
            try await test.waitUntilReady()
            let later = try await Self.join(test)
            try await eventually("the members are in Redis") {
                Set(try await test.layer.groupMembers("a")).isSuperset(of: [member, later])
            }
        }
    }

    @Test("Scripts that Redis has forgotten are sent again: nothing fails")
    func noScript() async throws {
        try await withLinkedLayer { test in
            let member = try await Self.join(test)
            for number in 0..<20 {
                try await test.redis.cli("script", "flush")
                try await test.layer.send(.numbered(number, from: "test"), to: member)
                let other = try await Self.join(test, "b")
                try await test.layer.groupSend(.numbered(number, from: "test"), to: "a")
                test.layer.groupDiscard(other, from: ["b"])
                #expect(test.reason == nil)
            }
            let expected = (0..<20).map { Message.numbered($0, from: "test") }
            let sent = await test.receiver.messages(to: "a", timeout: .seconds(20)) { $0.count >= 20 }
            let direct = await test.receiver.messages(to: member, timeout: .seconds(20)) { $0.count >= 20 }
            #expect(sent == expected && direct == expected)
        }
    }

    @Test("Killed connections of either kind are made anew", arguments: ["normal", "pubsub"])
    func killed(type: String) async throws {
        try await withLinkedLayer { test in
            let member = try await Self.join(test)
            for round in 0..<3 {
                let before = try await test.link.accepted
                try await test.redis.cli("client", "kill", "type", type)
                try await eventually("connected anew") { try await test.link.accepted > before }
                try await Self.check(test, members: [member], mark: round)
            }
        }
    }

    @Test("A Redis that stands still for three seconds is told, and all goes on afterwards")
    func paused() async throws {
        try await withLinkedLayer(Self.quick) { test in
            let member = try await Self.join(test)
            try await test.redis.cli("client", "pause", "3000", "ALL")
            try await eventually("not ready") { test.reason != nil }
            try await Self.check(test, members: [member], mark: 1)
        }
    }

    @Test("A peer gone without an RST is noticed, sends fail at once, and the layer is back when the network is")
    func halfOpen() async throws {
        try await withLinkedLayer(Self.quick) { test in
            let member = try await Self.join(test)
            let former = try await Self.join(test)
            try await test.link.set(.swallowed(.both))
            try await test.waitUntilUnready("127.0.0.1:\(test.link.port)")
            let start = ContinuousClock.now
            let error = await #expect(throws: ChannelLayerError.self) {
                try await test.layer.groupSend(.numbered(1, from: "test"), to: "a")
            }
            #expect(error?.code == .unavailable)
            #expect(start.duration(to: .now) < .milliseconds(500))
            // Wanted and unwanted while Redis is away: what counts is how it is when it is back.
            test.layer.groupDiscard(former, from: ["a"])
            let joining = test.layer.newConnectionChannel()
            test.layer.groupAdd(joining, to: "a", as: nil) { _ in }
            try await test.link.set(.none)
            try await Self.check(test, members: [member, joining], mark: 2)
            #expect(test.receiver.gaps.contains { $0 == ["a"] })
        }
    }

    @Test("With the default limits each connection finds out by itself that its peer is gone")
    func halfOpenDefaults() async throws {
        try await withLinkedLayer { test in
            try await test.link.set(.swallowed(.both))
            try await test.waitUntilUnready("unanswered")
            // What is open by now brings nothing any more: ready again means that all have been made anew.
            try await test.link.set(.none)
            try await test.waitUntilReady()
        }
    }
}
