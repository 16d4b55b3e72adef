import NIOPosix
import Redis
import Synchronization
import Testing

/// A client of its own for a command that waits in Redis: `BZPOPMIN`, with a `ZPOPMIN` behind it for what else is there.
@Suite("Redis: blocking commands", .timeLimit(.minutes(1)))
struct RedisBlockingTests {
    typealias Outcome = Result<[RedisReply], RedisError>

    @Test("A wait of many ping intervals keeps its connection, and no PING is sent behind it")
    func outlastsPings() async throws {
        try await withTestRedis { redis in
            let configuration = RedisClientConfiguration(commandTimeout: .seconds(20), pingInterval: .milliseconds(50))
            try await withRedisClient(redis.url, configuration: configuration) { client in
                let connection = try await client.ask("CLIENT", "ID")
                let outcome = Mutex<Outcome?>(nil)
                client.submit([RedisCommand("BZPOPMIN", "box", "1")]) { result in outcome.withLock { $0 = result } }
                // A blocked client reads on: what was sent behind the command stands in its query buffer.
                var seen: [String] = []
                while outcome.withLock({ $0 == nil }) {
                    let clients = try await redis.cli("client", "list").split(separator: "\n")
                    seen += clients.filter { $0.contains("flags=b") }.map(String.init)
                }
                #expect(seen.count > 3)
                #expect(seen.filter { !$0.contains(" qbuf=0 ") } == [])
                #expect(outcome.withLock { $0 } == .success([.null]))
                #expect(try await client.ask("CLIENT", "ID") == connection)
            }
        }
    }

    @Test("What comes ends the wait at once, and the command behind takes the rest")
    func wakes() async throws {
        try await withTestRedis { redis in
            try await withBlockedClient(redis, seconds: 20) { client, outcome, _ async throws in
                try await redis.cli("zadd", "box", "1", "a", "2", "b", "3", "c")
                try await eventually("the answer") { outcome.withLock { $0 != nil } }
                let rest = RedisReply.array(["b", "2", "c", "3"].map { .bulk(Array($0.utf8)) })
                let first = RedisReply.array(["box", "a", "1"].map { .bulk(Array($0.utf8)) })
                #expect(outcome.withLock { $0 } == .success([first, rest]))
            }
        }
    }

    @Test("A Redis that freezes during the wait is found within the time limit")
    func freezes() async throws {
        try await withTestRedis { redis in
            let start = ContinuousClock.now
            try await withBlockedClient(redis, seconds: 0.5, timeout: .seconds(1)) { client, outcome, _ async throws in
                let updates = client.statusUpdates()
                redis.pause()
                #expect(await updates.nextLoss()?.code == .timeout)
                #expect(start.duration(to: .now) < .seconds(4))
                // The status comes first: whoever is resumed may look at it.
                try await eventually("the failure") { outcome.withLock { $0 != nil } }
                guard case .failure(let error) = outcome.withLock({ $0 }) else {
                    Issue.record("no failure: \(String(describing: outcome.withLock { $0 }))")
                    return
                }
                #expect(error.code == .timeout)
                redis.resume()
                #expect(await updates.nextReady())
                #expect(try await client.ask("PING") == .status("PONG"))
            }
        }
    }

    @Test("A graceful end waits for the end of the wait, and what comes until then is not lost")
    func gracefulEnd() async throws {
        try await withTestRedis { redis in
            for isAnswered in [false, true] {
                let start = ContinuousClock.now
                try await withBlockedClient(redis, seconds: isAnswered ? 20 : 1) { client, outcome, running in
                    client.shutDown()
                    if isAnswered { try await redis.cli("zadd", "box", "1", "a") }
                    try await running.value
                    let popped = RedisReply.array(["box", "a", "1"].map { .bulk(Array($0.utf8)) })
                    let expected = [isAnswered ? popped : .null, RedisReply.array([])]
                    #expect(outcome.withLock { $0 } == .success(expected))
                }
                #expect(start.duration(to: .now) < .seconds(10))
            }
        }
    }

    @Test("A cancellation ends the wait at once, in Redis too")
    func cancellation() async throws {
        try await withTestRedis { redis in
            let start = ContinuousClock.now
            try await withBlockedClient(redis, seconds: 20) { client, outcome, running in
                running.cancel()
                try await running.value
                guard case .failure(let error) = outcome.withLock({ $0 }) else {
                    Issue.record("no failure: \(String(describing: outcome.withLock { $0 }))")
                    return
                }
                #expect(error.code == .shutDown)
                try await eventually("Redis to notice") { try await blockedClients(redis) == 0 }
                // Taken by nobody: a client that is gone must not swallow a message.
                try await redis.cli("zadd", "box", "1", "a")
                #expect(try await redis.cli("zcard", "box") == "1")
            }
            #expect(start.duration(to: .now) < .seconds(10))
        }
    }

    // MARK: Parts

    /// Runs `body` with a client that waits in Redis, what became of its commands, and the task that runs the client.
    private func withBlockedClient(
        _ redis: TestRedis,
        seconds: Double,
        timeout: Duration = .seconds(30),
        _ body: (RedisClient, borrowing Mutex<Outcome?>, Task<Void, any Error>) async throws -> Void
    ) async throws {
        let client = RedisClient(
            address: try RedisAddress(redis.url),
            configuration: RedisClientConfiguration(commandTimeout: timeout, pingInterval: .milliseconds(50)),
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
            logger: silentLogger
        )
        let running = Task { try await client.run() }
        defer { running.cancel() }
        try await client.waitUntilReady(timeout: .seconds(20))
        let outcome = Mutex<Outcome?>(nil)
        client.submit([
            RedisCommand("BZPOPMIN", "box", RedisArgument(seconds)), RedisCommand("ZPOPMIN", "box", "128"),
        ]) { result in outcome.withLock { $0 = result } }
        try await eventually("the wait in Redis") { try await blockedClients(redis) == 1 }
        try await body(client, outcome, running)
    }

    private func blockedClients(_ redis: TestRedis) async throws -> Int {
        let info = try await redis.cli("info", "clients").split(whereSeparator: \.isNewline)
        let line = try #require(info.first { $0.hasPrefix("blocked_clients:") })
        return try #require(Int(line.drop { $0 != ":" }.dropFirst()))
    }
}
