import Redis
import Synchronization
import Testing

/// Commands, pipelines and scripts against a real server.
@Suite("Redis: commands", .timeLimit(.minutes(2)))
struct RedisCommandTests {
    @Test("Every kind of reply, binary values, and an error reply as an error that names the command")
    func replies() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client async throws in
                let value = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                #expect(try await client.ask("SET", "k", RedisArgument(value)) == .status("OK"))
                #expect(try await client.ask("GET", "k") == .bulk(value))
                #expect(try await client.ask("GET", "none") == .null)
                #expect(try await client.ask("INCRBY", "n", -5) == .integer(-5))
                #expect(try await client.ask("ZADD", "z", RedisArgument(1.5e10), "m").int == 1)
                #expect(try await client.ask("ZSCORE", "z", "m").double == 1.5e10)
                #expect(try await client.ask("KEYS", "z*") == .array([.bulk(Array("z".utf8))]))
                let error = await #expect(throws: RedisError.self) { try await client.ask("INCR", "z") }
                #expect(error?.code == .reply("WRONGTYPE"))
                #expect(error?.message.hasPrefix("Redis refused INCR: WRONGTYPE") == true)
            }
        }
    }

    @Test("A pipeline's replies are in order, error replies in their places; an empty one is no trip")
    func pipeline() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                let replies = try await client.send([
                    RedisCommand("SET", "k", "x"), RedisCommand("INCR", "k"), RedisCommand("GET", "k"),
                ])
                #expect(replies.count == 3)
                #expect(replies[0] == .status("OK"))
                #expect(replies[1] == .error("ERR value is not an integer or out of range"))
                #expect(replies[2].string == "x")
                #expect(try await client.send([]) == [])
            }
        }
    }

    @Test("Fifty tasks share the connection: each gets the replies to its own commands, in its order")
    func manyTasks() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<50 {
                        group.addTask {
                            for round in 1...100 {
                                #expect(try await client.ask("INCR", "n:\(task)").int == round)
                                let echo = "\(task)/\(round)"
                                let replies = try await client.send([
                                    RedisCommand("ECHO", "\(echo)"), RedisCommand("ECHO", "\(echo)!"),
                                ])
                                #expect(replies.map(\.string) == [echo, echo + "!"])
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("What one thread submits without waiting arrives in the order of its calls")
    func submissionOrder() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                let lengths = Mutex<[Int?]>([])
                for number in 0..<5_000 {
                    client.submit([RedisCommand("RPUSH", "list", RedisArgument(number))]) { result in
                        lengths.withLock { $0.append((try? result.get())?.first?.int) }
                    }
                }
                let list = try await client.ask("LRANGE", "list", 0, -1)
                #expect(list.elements?.map(\.int) == Array(0..<5_000))
                #expect(lengths.withLock { $0 } == Array(1...5_000))
            }
        }
    }

    @Test("A script is called by digest, by source when Redis forgot it, and its errors are errors")
    func scripts() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                let script = RedisScript(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")
                #expect(try await client.evaluate(script, keys: ["n"], arguments: [5]) == .integer(5))
                #expect(try await client.evaluate(script, keys: ["n"], arguments: [2]) == .integer(7))
                _ = try await client.ask("SCRIPT", "FLUSH")
                #expect(try await client.evaluate(script, keys: ["n"], arguments: [1]) == .integer(8))
                let known = try await client.ask("SCRIPT", "EXISTS", "\(script.sha1)")
                #expect(known == .array([.integer(1)]))

                let failing = RedisScript(name: "fail", source: "return redis.error_reply('LEASE lost it')")
                for _ in 0..<2 {
                    let error = await #expect(throws: RedisError.self) {
                        try await client.evaluate(failing, keys: [], arguments: [])
                    }
                    #expect(error?.code == .reply("LEASE"))
                }
            }
        }
    }

    @Test("At the bound of pending commands further ones fail at once; replies make room again")
    func overload() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url, configuration: .init(maxPendingCommands: 10)) { client in
                try await redis.cli("client", "pause", "60000", "write")
                let succeeded = Mutex(0)
                for _ in 0..<10 {
                    client.submit([RedisCommand("INCR", "n")]) { result in
                        if case .success = result { succeeded.withLock { $0 += 1 } }
                    }
                }
                let error = await #expect(throws: RedisError.self) { try await client.ask("PING") }
                #expect(error?.code == .overloaded)
                try await redis.cli("client", "unpause")
                try await eventually("the ten replies") { succeeded.withLock { $0 } == 10 }
                #expect(try await client.ask("GET", "n").int == 10)
            }
        }
    }
}
