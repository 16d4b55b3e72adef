import NIOCore
import NIOPosix
import Redis
import Synchronization
import Testing

/// Losses, time limits and ends of the connection for commands.
@Suite("Redis: connection", .timeLimit(.minutes(2)))
struct RedisConnectionTests {
    @Test("A killed connection is made again by itself")
    func clientKill() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                let updates = client.statusUpdates()
                #expect(await updates.next() == .ready)
                try await redis.cli("client", "kill", "type", "normal")
                #expect(await updates.nextReady())
                #expect(try await client.ask("PING") == .status("PONG"))
            }
        }
    }

    @Test("While the server is down commands fail at once with the reason; after its restart they work again")
    func restart() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                let updates = client.statusUpdates()
                redis.kill()
                #expect(await updates.nextLoss()?.code == .connectionLost)
                try await eventually("a refused connection") {
                    guard case .unavailable(let reason) = client.status else { return false }
                    return reason.message.contains("connection refused")
                }
                let error = await #expect(throws: RedisError.self) { try await client.ask("PING") }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("connection refused; check that redis-server runs there") == true)
                try await redis.restart()
                #expect(await updates.nextReady())
                #expect(try await client.ask("PING") == .status("PONG"))
            }
        }
    }

    @Test("Commands in flight when the connection breaks fail as lost")
    func lossInFlight() async throws {
        try await withTestRedis { redis in
            try await withRedisClient(redis.url) { client in
                try await redis.cli("client", "pause", "60000", "write")
                async let outcome = error { try await client.ask("INCR", "n") }
                try await eventually("the blocked command") {
                    try await redis.cli("info", "clients").contains("blocked_clients:1")
                }
                redis.kill()
                #expect(await outcome?.code == .connectionLost)
                #expect(await outcome?.message.contains("may or may not have been executed") == true)
            }
        }
    }

    @Test("A silent server: the oldest command times out, the connection is given up and made again")
    func timeout() async throws {
        try await withTestRedis { redis in
            let configuration = RedisClientConfiguration(commandTimeout: .milliseconds(300), pingInterval: .seconds(60))
            try await withRedisClient(redis.url, configuration: configuration) { client async throws in
                let updates = client.statusUpdates()
                #expect(await updates.next() == .ready)
                redis.pause()
                let error = await error { try await client.ask("PING") }
                #expect(error?.code == .timeout)
                #expect(error?.message.contains("0.3 seconds") == true)
                #expect(await updates.nextLoss()?.code == .timeout)
                #expect(await self.error { try await client.ask("PING") }?.code == .unavailable)
                redis.resume()
                #expect(await updates.nextReady())
                #expect(try await client.ask("PING") == .status("PONG"))
            }
        }
    }

    @Test("A reply over the limit fails its command; the next one works on a new connection")
    func oversizedReply() async throws {
        try await withTestRedis { redis in
            try await redis.cli("setrange", "big", "100000000", "x")
            let configuration = RedisClientConfiguration(maxReplyBytes: 1_000_000)
            try await withRedisClient(redis.url, configuration: configuration) { client async throws in
                let updates = client.statusUpdates()
                #expect(await updates.next() == .ready)
                let error = await error { try await client.ask("GET", "big") }
                #expect(error?.code == .replyTooLarge)
                #expect(error?.message.contains("more than 1000000 bytes") == true)
                #expect(await updates.nextReady())
                #expect(try await client.ask("STRLEN", "big") == .integer(100_000_001))
            }
        }
    }

    @Test("An idle connection to a server that fell silent is found by the health check")
    func idleHealthCheck() async throws {
        try await withTestRedis { redis in
            let configuration = RedisClientConfiguration(
                commandTimeout: .milliseconds(200),
                pingInterval: .milliseconds(100)
            )
            try await withRedisClient(redis.url, configuration: configuration) { client in
                let updates = client.statusUpdates()
                #expect(await updates.next() == .ready)
                redis.pause()
                #expect(await updates.nextLoss()?.message.contains("left PING unanswered") == true)
                redis.resume()
                #expect(await updates.nextReady())
            }
        }
    }

    @Test("Nobody listens: waiting ends with one line that says what to check")
    func refused() async throws {
        let port = try FreePort.pick()
        try await withUnconnectedClient("redis://127.0.0.1:\(port)") { client in
            let error = await error { try await client.waitUntilReady(timeout: .milliseconds(300)) }
            let advice = "check that redis-server runs there, or pass --redis"
            #expect(error?.message == "cannot reach Redis at 127.0.0.1:\(port): connection refused; \(advice)")
        }
        try await withUnconnectedClient("unix:///no/such/redis.sock") { client in
            let error = await error { try await client.waitUntilReady(timeout: .milliseconds(300)) }
            #expect(error?.message.contains("no such socket; check that redis-server listens there") == true)
        }
    }

    @Test("Before run() and after its end commands are refused; a second run() too")
    func lifeCycle() async throws {
        try await withTestRedis { redis in
            let client = RedisClient(
                address: try RedisAddress(redis.url),
                eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
                logger: silentLogger
            )
            #expect(await error { try await client.ask("PING") }?.code == .unavailable)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                try await client.waitUntilReady(timeout: .seconds(20))
                let second = await #expect(throws: RedisError.self) { try await client.run() }
                #expect(second?.code == .shutDown)
                #expect(try await client.ask("PING") == .status("PONG"))
                group.cancelAll()
            }
            #expect(client.status == .closed)
            #expect(await error { try await client.ask("PING") }?.code == .shutDown)
        }
    }

    @Test("A graceful end answers what is in flight; a cancellation fails it")
    func ends() async throws {
        try await withTestRedis { redis in
            for isGraceful in [true, false] {
                try await redis.cli("client", "pause", "60000", "write")
                let outcome = Mutex<Result<[RedisReply], RedisError>?>(nil)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let client = RedisClient(
                        address: try RedisAddress(redis.url),
                        eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
                        logger: silentLogger
                    )
                    group.addTask { try await client.run() }
                    try await client.waitUntilReady(timeout: .seconds(20))
                    client.submit([RedisCommand("SET", "k", "v")]) { result in outcome.withLock { $0 = result } }
                    if isGraceful {
                        client.shutDown()
                        try await refusal(of: client)
                        #expect(outcome.withLock { $0 == nil })
                        try await redis.cli("client", "unpause")
                    } else {
                        group.cancelAll()
                    }
                    try await group.waitForAll()
                }
                let result = outcome.withLock { $0 }
                #expect(result == (isGraceful ? .success([.status("OK")]) : .failure(shutDown)))
            }
        }
    }

    /// Waits until the client takes no more commands.
    private func refusal(of client: RedisClient) async throws {
        let isRefusing = Mutex(false)
        try await eventually("the refusal of new commands") {
            client.submit([RedisCommand("PING")]) { result in
                guard case .failure(let error) = result, error.code == .shutDown else { return }
                isRefusing.withLock { $0 = true }
            }
            return isRefusing.withLock { $0 }
        }
    }

    private var shutDown: RedisError { RedisError(.shutDown, "the Redis client has been shut down") }

    /// What `body` throws, if it throws a Redis error.
    private func error<Result>(_ body: () async throws -> Result) async -> RedisError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? RedisError
        }
    }
}
