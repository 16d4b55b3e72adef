import Redis
import Testing

/// Subscriptions against a real server, and what becomes of them when it goes away.
@Suite("Redis: subscriptions", .timeLimit(.minutes(2)))
struct RedisSubscriberTests {
    @Test("Messages on channels and patterns arrive in order, any bytes, until unsubscribed")
    func messages() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                try await withRedisSubscriber(redis.url) { subscriber, log in
                    try await subscriber.subscribe([.channel("a"), .pattern("p:*"), .channel("a")])
                    #expect(subscriber.status == .ready)
                    let payload: [UInt8] = [0, 255, 13, 10]
                    try await publish(client, "a", RedisArgument(payload), receivers: 1)
                    try await publish(client, "p:1", "x", receivers: 1)
                    for number in 0..<500 { try await publish(client, "a", RedisArgument(number), receivers: 1) }
                    try await log.wait(for: "499")
                    #expect(log.all[0] == RedisPublication(topic: .channel("a"), channel: "a", payload: payload))
                    let matched = RedisPublication(topic: .pattern("p:*"), channel: "p:1", payload: Array("x".utf8))
                    #expect(log.all[1] == matched)
                    #expect(log.texts.dropFirst(2) == (0..<500).map(String.init)[...])

                    subscriber.unsubscribe([.channel("a")])
                    try await eventually("the end of the subscription") {
                        try await client.ask("PUBLISH", "a", "late").int == 0
                    }
                    try await publish(client, "p:1", "end", receivers: 1)
                    try await log.wait(for: "end")
                    #expect(log.all.count == 503 || log.texts.filter { $0 != "late" }.count == 503)
                }
            }
        }
    }

    @Test("A message on a channel whose name is not UTF-8 is dropped, the next ones arrive")
    func notText() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                try await withRedisSubscriber(redis.url) { subscriber, log in
                    try await subscriber.subscribe([.pattern("*")])
                    _ = try await client.ask("PUBLISH", RedisArgument([0xff]), "lost")
                    _ = try await client.ask("PUBLISH", "ü", "found")
                    try await log.wait(for: "found")
                    #expect(log.texts == ["found"])
                }
            }
        }
    }

    @Test("After CLIENT KILL everything is subscribed again, and ready says so only then")
    func clientKill() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                try await withRedisSubscriber(redis.url) { subscriber, log in
                    let topics = (0..<1_500).map { RedisTopic.channel("t\($0)") } + [.pattern("p:*")]
                    try await subscriber.subscribe(topics)
                    let updates = subscriber.statusUpdates()
                    #expect(await updates.next() == .ready)
                    for round in 0..<3 {
                        _ = try await client.ask("CLIENT", "KILL", "TYPE", "pubsub")
                        #expect(await updates.nextReady())
                        try await publish(client, "t0", "first \(round)", receivers: 1)
                        try await publish(client, "t1499", "last \(round)", receivers: 1)
                        try await publish(client, "p:x", "pattern \(round)", receivers: 1)
                        try await log.wait(for: "pattern \(round)")
                    }
                    #expect(log.all.count == 9)
                }
            }
        }
    }

    @Test("Breaks are told in order with the messages, also one that the owner makes")
    func interruptions() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                try await withRedisSubscriber(redis.url) { subscriber, log in
                    try await subscriber.subscribe([.channel("a")])
                    let updates = subscriber.statusUpdates()
                    #expect(await updates.next() == .ready)
                    try await publish(client, "a", "one", receivers: 1)
                    try await log.wait(for: "one")
                    _ = try await client.ask("CLIENT", "KILL", "TYPE", "pubsub")
                    #expect(await updates.nextReady())
                    try await publish(client, "a", "two", receivers: 1)
                    try await log.wait(for: "two")
                    subscriber.reconnect(because: RedisError(.timeout, "nothing is heard"))
                    #expect(await updates.nextLoss()?.message == "nothing is heard")
                    #expect(await updates.nextReady())
                    try await publish(client, "a", "three", receivers: 1)
                    try await log.wait(for: "three")
                    #expect(
                        log.withInterruptions == [
                            "begun", "one", "lost", "restored", "two", "lost", "restored", "three",
                        ]
                    )
                }
            }
        }
    }

    @Test("Topics wanted and dropped while the server is down are right after its restart; callers wait across it")
    func restart() async throws {
        try await withTestRedis { redis in
            try await withRedisSubscriber(redis.url) { subscriber, log in
                try await subscriber.subscribe([.channel("kept"), .channel("dropped")])
                let updates = subscriber.statusUpdates()
                redis.kill()
                #expect(await updates.nextLoss() != nil)
                subscriber.unsubscribe([.channel("dropped")])
                async let subscribed: Void = subscriber.subscribe([.channel("new"), .channel("kept")])
                try await redis.restart()
                #expect(await updates.nextReady())
                try await subscribed
                try await withRedisClient(redis.url) { client in
                    try await publish(client, "kept", "one", receivers: 1)
                    try await publish(client, "new", "two", receivers: 1)
                    try await publish(client, "dropped", "three", receivers: 0)
                    try await log.wait(for: "two")
                    #expect(log.texts == ["one", "two"])
                }
            }
        }
    }

    @Test("Cancelling a caller ends its wait and not its wish")
    func cancellation() async throws {
        try await withTestRedis { redis in
            try await withRedisSubscriber(redis.url) { subscriber, _ in
                try await subscriber.waitUntilReady(timeout: .seconds(20))
                let updates = subscriber.statusUpdates()
                redis.kill()
                #expect(await updates.nextLoss() != nil)
                let caller = Task { try await subscriber.subscribe([.channel("a")]) }
                caller.cancel()
                let error = await #expect(throws: RedisError.self) { try await caller.value }
                #expect(error?.code == .cancelled)
                try await redis.restart()
                #expect(await updates.nextReady())
                try await withRedisClient(redis.url) { try await publish($0, "a", "x", receivers: 1) }
            }
        }
    }

    @Test("A denied topic fails its own caller only")
    func denial() async throws {
        let arguments = ["--user", "app", "on", ">secret", "resetchannels", "&mine:*", "+@all"]
        try await withTestRedis(arguments: arguments) { redis in
            try await withRedisSubscriber("redis://app:secret@127.0.0.1:\(redis.port)") { subscriber, _ in
                try await subscriber.waitUntilReady(timeout: .seconds(20))
                async let mine: Void = subscriber.subscribe([.channel("mine:1"), .channel("mine:2")])
                let error = await #expect(throws: RedisError.self) {
                    try await subscriber.subscribe([.channel("yours"), .channel("mine:3")])
                }
                #expect(error?.code == .reply("NOPERM"))
                try await mine
                #expect(subscriber.status == .ready)
                try await withRedisClient(redis.url) { client in
                    for topic in 1...3 { try await publish(client, "mine:\(topic)", "x", receivers: 1) }
                    try await publish(client, "yours", "x", receivers: 0)
                }
            }
        }
    }

    @Test("A server that falls silent is found by the health check, with and without topics")
    func silence() async throws {
        let configuration = RedisClientConfiguration(
            commandTimeout: .milliseconds(200),
            pingInterval: .milliseconds(100)
        )
        for topics in [[], [RedisTopic.channel("a")]] {
            try await withTestRedis { redis in
                try await withRedisSubscriber(redis.url, configuration: configuration) { subscriber, _ in
                    try await subscriber.subscribe(topics)
                    try await subscriber.waitUntilReady(timeout: .seconds(20))
                    let updates = subscriber.statusUpdates()
                    #expect(await updates.next() == .ready)
                    redis.pause()
                    #expect(await updates.nextLoss()?.code == .timeout)
                    redis.resume()
                    #expect(await updates.nextReady())
                }
            }
        }
    }

    @Test("Joins and leaves at random from many tasks end with what each task wanted last")
    func churn() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                try await withRedisSubscriber(redis.url) { subscriber, _ in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for task in 0..<20 {
                            group.addTask {
                                let topic = RedisTopic.channel("t\(task)")
                                for round in 0..<20 {
                                    try await subscriber.subscribe([topic, .channel("shared")])
                                    if round % 7 == 0, task == 0 {
                                        _ = try await client.ask("CLIENT", "KILL", "TYPE", "pubsub")
                                    }
                                    subscriber.unsubscribe([topic])
                                }
                                if task.isMultiple(of: 2) { try await subscriber.subscribe([topic]) }
                            }
                        }
                        try await group.waitForAll()
                    }
                    let wanted = Set(stride(from: 0, to: 20, by: 2).map { "t\($0)" } + ["shared"])
                    try await eventually("the subscriptions wanted last") {
                        let topics = try await client.ask("PUBSUB", "CHANNELS").elements ?? []
                        return Set(topics.compactMap(\.string)) == wanted
                    }
                }
            }
        }
    }

    private func publish(
        _ client: RedisClient,
        _ channel: String,
        _ payload: RedisArgument,
        receivers: Int
    ) async throws {
        #expect(try await client.ask("PUBLISH", "\(channel)", payload).int == receivers)
    }
}
