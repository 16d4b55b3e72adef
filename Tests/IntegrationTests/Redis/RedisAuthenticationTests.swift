import Redis
import Testing

/// Passwords, users, databases and Unix sockets.
@Suite("Redis: addresses and authentication", .timeLimit(.minutes(2)))
struct RedisAuthenticationTests {
    private static let accounts = [
        "--requirepass", "p@ss/word", "--user", "app", "on", ">secret", "~app:*", "&app:*", "+@all",
    ]

    @Test("Password, ACL user and database of the address are used, on every connection anew")
    func logins() async throws {
        try await withTestRedis(arguments: Self.accounts) { redis in
            try await withRedisClient("redis://:p%40ss%2Fword@127.0.0.1:\(redis.port)/5") { client async throws in
                #expect(try await client.ask("SET", "app:k", "five") == .status("OK"))
                #expect(try await client.ask("CLIENT", "INFO").string?.contains("db=5") == true)
                let updates = client.statusUpdates()
                #expect(await updates.next() == .ready)
                _ = try? await client.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
                #expect(await updates.nextReady())
                #expect(try await client.ask("GET", "app:k").string == "five")
                #expect(try await client.ask("CLIENT", "GETNAME").string == "muster")
            }
            try await withRedisClient("redis://app:secret@127.0.0.1:\(redis.port)") { client async throws in
                #expect(try await client.ask("ACL", "WHOAMI").string == "app")
                let error = await #expect(throws: RedisError.self) {
                    try await client.ask("GET", "other")
                }
                #expect(error?.code == .reply("NOPERM"))
            }
        }
    }

    @Test("A wrong or missing password ends the wait at once, with what to do, and without the password")
    func refusedLogins() async throws {
        try await withTestRedis(arguments: Self.accounts) { redis in
            let place = "127.0.0.1:\(redis.port)"
            let wrong = await error(of: "redis://app:guess@\(place)")
            #expect(wrong?.code == .reply("WRONGPASS"))
            #expect(
                wrong?.message
                    == "Redis at \(place) refused the user name or password; check the ones in the address "
                    + "(WRONGPASS invalid username-password pair or user is disabled.)"
            )
            let missing = await error(of: "redis://\(place)")
            #expect(missing?.code == .reply("NOAUTH"))
            #expect(missing?.message.contains("wants a password; put it into the address") == true)
        }
    }

    @Test("A password for a server without one, and a database that is not there, are told as such")
    func otherRefusals() async throws {
        try await withTestRedis { redis in
            let place = "127.0.0.1:\(redis.port)"
            #expect(
                await error(of: "redis://:x@\(place)")?.message.contains("refused the user name or password") == true
            )
            #expect(await error(of: "redis://\(place)/999")?.message.contains("has no database 999") == true)
        }
    }

    @Test("A Unix socket works like a port")
    func unixSocket() async throws {
        let directory = try TemporaryDirectory(prefix: "redis-socket")
        let path = directory.path + "/redis.sock"
        try await withTestRedis(arguments: ["--unixsocket", path]) { _ in
            try await withRedisClient("unix://\(path)?db=3") { client async throws in
                #expect(try await client.ask("CLIENT", "INFO").string?.contains("db=3") == true)
            }
        }
    }

    private func error(of url: String) async -> RedisError? {
        do {
            try await withUnconnectedClient(url) { client in
                try await client.waitUntilReady(timeout: .seconds(2))
            }
            return nil
        } catch {
            return error as? RedisError
        }
    }
}
