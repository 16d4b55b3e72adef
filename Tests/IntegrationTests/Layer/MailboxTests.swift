import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// What is in Redis when messages wait, as `channels_redis` has it.
@Suite("Mailboxes")
struct MailboxTests {
    private static let stranger = "specific.0123456789abcdef0123456789abcdef!"

    @Test("A message to a Django process waits in its mailbox with its time as score, and expires")
    func whatIsWritten() async throws {
        try await withLayers(1) { layers in
            let redis = layers.redis[0]
            let before = try #require(Double(try await redis.cli("time").split(separator: "\n")[0]))
            try await layers[0].send(Message(type: "hello"), to: ChannelName(Self.stranger + "one"))
            let key = "asgi" + Self.stranger
            #expect(try await redis.cli("zcard", key) == "1")
            let score = try #require(
                Double(try await redis.cli("zrange", key, "0", "-1", "withscores").split(separator: "\n").last ?? "")
            )
            #expect((before...before + 60).contains(score))
            let expiry = try #require(Int(try await redis.cli("ttl", key)))
            #expect((50...60).contains(expiry))
        }
    }

    @Test("The order of sending is the order in the mailbox, whatever a sender with a clock ahead has put there")
    func order() async throws {
        try await withLayers(1) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let (jobs, key) = (try ChannelName("jobs"), "asgijobs")
            let now = try #require(Int(try await redis.cli("time").split(separator: "\n")[0]))
            try await redis.cli("zadd", key, String(now + 30), "ahead")
            for number in 0..<50 {
                try await layer.send(Message(type: "n", ["n": .integer(Int64(number))]), to: jobs)
            }
            #expect(try await redis.cli("zrange", key, "0", "0") == "ahead")
            // The one that was ahead is no message.
            var numbers: [Int64] = []
            for _ in 0..<50 { numbers.append(try #require(await layer.receive(jobs)["n"]?.integerValue)) }
            #expect(numbers == Array(0..<50))
        }
    }

    @Test("A full mailbox refuses a send; what has expired makes room; a group send goes on to the others")
    func capacity() async throws {
        let capacities = ChannelCapacities(default: 3)
        try await withLayers(1, RedisChannelLayerConfiguration(capacities: capacities)) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let full = try ChannelName(Self.stranger + "one")
            let other = "specific.fedcba9876543210fedcba9876543210!"
            for _ in 0..<3 { try await layer.send(Message(type: "hello"), to: full) }
            let error = await #expect(throws: ChannelLayerError.self) {
                try await layer.send(Message(type: "hello"), to: full)
            }
            #expect(error?.code == .channelFull)

            let now = try #require(Int(try await redis.cli("time").split(separator: "\n")[0]))
            try await redis.cli("zadd", "asgi:group:mixed", String(now), full.rawValue, String(now), other + "two")
            try await layer.groupSend(Message(type: "hello"), to: "mixed")
            #expect(try await redis.cli("zcard", "asgi" + other) == "1")
            #expect(try await redis.cli("zcard", "asgi" + Self.stranger) == "3")

            let age = "redis.call('zadd', KEYS[1], 1, redis.call('zrange', KEYS[1], 0, 0)[1])"
            try await redis.cli("eval", age, "1", "asgi" + Self.stranger)
            try await layer.send(Message(type: "hello"), to: full)
            #expect(try await redis.cli("zcard", "asgi" + Self.stranger) == "3")
        }
    }

    @Test("A Django member that is older than the group's expiry gets nothing, as in Django")
    func oldMembers() async throws {
        try await withLayers(1) { layers in
            let redis = layers.redis[0]
            try await redis.cli("zadd", "asgi:group:old", "1000000", Self.stranger + "one")
            try await layers[0].groupSend(Message(type: "hello"), to: "old")
            #expect(try await redis.cli("exists", "asgi" + Self.stranger) == "0")
        }
    }

    @Test("What is no message in this process' mailbox is dropped, and what comes after it arrives")
    func garbage() async throws {
        try await withLayers(1) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let channel = layer.newConnectionChannel()
            let mailbox = "asgi" + String(channel.rawValue.prefix { $0 != "!" }) + "!"
            let long = String(repeating: "\u{FF}", count: 50_000)
            for entry in ["", "short", "twelve bytes", "twelve bytes and no message", long] {
                try await redis.cli("zadd", mailbox, "1", entry)
            }
            try await layer.send(Message(type: "after"), to: channel)
            let seen = await layers.receiver(0).messages(to: channel, timeout: .seconds(20)) { !$0.isEmpty }
            #expect(seen == [Message(type: "after")])
        }
    }

    @Test("A mailbox of the wrong type is said by readiness, and is read again when it is put right")
    func wrongType() async throws {
        try await withLayers(1) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let channel = layer.newConnectionChannel()
            let mailbox = "asgi" + String(channel.rawValue.prefix { $0 != "!" }) + "!"
            try await redis.cli("set", mailbox, "x")
            try await eventually("readiness says why") {
                if case .notReady(let reason) = layer.readiness { reason.contains("WRONGTYPE") } else { false }
            }
            try await redis.cli("del", mailbox)
            try await eventually("ready again") { layer.readiness == .ready }
            try await layer.send(Message(type: "after"), to: channel)
            let seen = await layers.receiver(0).messages(to: channel, timeout: .seconds(20)) { !$0.isEmpty }
            #expect(seen.count == 1)
        }
    }

    @Test("Members of the wrong kind in a group cost nobody else the message")
    func strangeMembers() async throws {
        try await withLayers(1) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let channel = layer.newConnectionChannel()
            try await layer.groupAdd(channel, to: "room")
            let now = try await redis.cli("time").split(separator: "\n")[0]
            for member in ["no name", "a!b!c", Self.stranger + "x", ""] {
                try await redis.cli("zadd", "asgi:group:room", String(now), member)
            }
            try await redis.cli("set", "asgi" + Self.stranger, "not a mailbox")
            for type in ["hello", "end"] { try await layer.groupSend(Message(type: type), to: "room") }
            let seen = await layers.receiver(0).messages(to: "room", timeout: .seconds(20)) { $0.last?.type == "end" }
            #expect(seen == [Message(type: "hello"), Message(type: "end")])
        }
    }
}
