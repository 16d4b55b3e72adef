import Redis
import Testing

/// The link fails as asked: each fault is seen by a client behind it.
@Suite("Faulty link")
struct FaultyLinkTests {
    private static let impatient = RedisClientConfiguration(
        commandTimeout: .milliseconds(300),
        backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50))
    )

    @Test("It passes bytes both ways, late if asked to")
    func passes() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                try await withRedisClient(link.url) { client in
                    #expect(try await client.ask("PING") == .status("PONG"))
                    try await link.setDelay(.milliseconds(150))
                    let start = ContinuousClock.now
                    #expect(try await client.ask("PING") == .status("PONG"))
                    #expect(start.duration(to: .now) >= .milliseconds(300))
                }
                #expect(try await link.accepted == 1)
            }
        }
    }

    @Test("What is held arrives when the link goes on")
    func holds() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                try await withRedisClient(link.url) { client in
                    try await link.set(.held(.both))
                    async let first = client.ask("RPUSH", "list", "1")
                    async let second = client.ask("RPUSH", "list", "2")
                    try await Task.sleep(for: .milliseconds(100))
                    #expect(try await redis.cli("exists", "list") == "0")
                    try await link.set(.none)
                    #expect(try await [first, second].count == 2)
                    #expect(try await redis.cli("llen", "list") == "2")
                }
                #expect(try await link.accepted == 1)
            }
        }
    }

    @Test("What is swallowed is gone for good, and neither side is told; a new connection is as good as new")
    func swallows() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                try await withRedisClient(link.url, configuration: Self.impatient) { client in
                    // The command arrives, its reply does not.
                    try await link.set(.swallowed(.toClient))
                    await #expect(throws: RedisError.self) { try await client.ask("SET", "key", "value") }
                    #expect(try await redis.cli("get", "key") == "value")
                    try await link.set(.swallowed(.both))
                    #expect(try await redis.cli("client", "list", "type", "normal").contains("name=muster"))
                    try await link.set(.none)
                    try await client.waitUntilReady(timeout: .seconds(10))
                    #expect(try await client.ask("GET", "key") == .bulk(Array("value".utf8)))
                }
            }
        }
    }

    @Test("A cut closes what is open, a refusal what comes as well")
    func refuses() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                try await withRedisClient(link.url, configuration: Self.impatient) { client in
                    let statuses = client.statusUpdates()
                    #expect(await statuses.next() == .ready)
                    try await link.cut()
                    #expect(await statuses.nextLoss() != nil)
                    #expect(await statuses.nextReady())
                    try await link.set(.refused)
                    let before = try await link.accepted
                    try await eventually("it tries again and again") { try await link.accepted >= before + 3 }
                    #expect(client.status != .ready)
                    try await link.set(.none)
                    try await client.waitUntilReady(timeout: .seconds(10))
                }
            }
        }
    }
}
