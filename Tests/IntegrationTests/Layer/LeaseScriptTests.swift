import ChannelLayers
import Foundation
import RedisBackends
import Testing

/// The scripts that a lease, a claim and a removal rest on, called in every order that matters.
@Suite("Scripts of leases")
struct LeaseScriptTests {
    /// One front's hash and who calls scripts on it.
    private struct Hash {
        let redis: TestRedis
        let key = "asgi:front:a"

        func call(_ script: String, _ key: String, _ arguments: String...) async throws -> [String] {
            let file = Repository.root.appendingPathComponent("Sources/RedisBackends/Lua/\(script).lua").path
            return try await redis.evaluate(file: file, key: key, arguments)
        }

        func renew(lease: String = "60") async throws -> [String] {
            try await call("renew_lease", key, lease, "", "0", "")
        }

        func claim(_ reaper: String, seconds: String = "60", extends: Bool = false) async throws -> Bool {
            try await call("claim_front", key, reaper, seconds, extends ? "1" : "0") == ["1"]
        }

        func answer(_ reaper: String, _ how: String = "0") async throws -> [String] {
            try await call("claim_front", key, reaper, "60", how)
        }

        func forget(_ reaper: String) async throws -> Bool {
            try await call("forget_front", key, reaper, "86400") == ["1"]
        }
    }

    @Test("A front is new, then holds its lease, and takes it back after it has lapsed")
    func renew() async throws {
        try await withTestRedis { redis in
            let hash = Hash(redis: redis)
            #expect(try await hash.renew() == ["new", "0"])
            #expect(try await hash.renew(lease: "-1") == ["held", "0"])
            #expect(try await hash.renew() == ["lapsed", "0"])
            try await redis.cli("hset", hash.key, "reconcile", "1")
            #expect(try await hash.renew() == ["held", "1"])
            #expect(try await hash.renew() == ["held", "0"])
        }
    }

    @Test("Nobody claims a front that lives; of several reapers the first has the claim, until it lapses")
    func claim() async throws {
        try await withTestRedis { redis in
            let hash = Hash(redis: redis)
            _ = try await hash.renew()
            #expect(try await !hash.claim("r1"))
            _ = try await hash.renew(lease: "-1")
            #expect(try await hash.claim("r1"))
            #expect(try await !hash.claim("r2"))
            #expect(try await hash.claim("r1"))
            #expect(try await hash.claim("r1", seconds: "-1", extends: true))
            #expect(try await hash.claim("r2"))
            // Another goes on: the first one notices.
            #expect(try await !hash.claim("r1", extends: true))
            #expect(try await !hash.forget("r1"))
            #expect(try await hash.forget("r2"))
        }
    }

    @Test("A front that is back takes the claim away; what its reaper did too late, it hears of and does again")
    func back() async throws {
        try await withTestRedis { redis in
            let hash = Hash(redis: redis)
            _ = try await hash.renew(lease: "-1")
            #expect(try await hash.claim("r1"))
            #expect(try await hash.renew() == ["lapsed", "0"])
            #expect(try await !hash.claim("r1", extends: true))
            #expect(try await hash.renew() == ["held", "1"])

            _ = try await hash.renew(lease: "-1")
            #expect(try await hash.claim("r1"))
            #expect(try await hash.renew() == ["lapsed", "0"])
            #expect(try await !hash.forget("r1"))
            #expect(try await hash.renew() == ["held", "1"])
        }
    }

    @Test("A front that was cleared up after hears of it when it is back, and its note does not expire under it")
    func reaped() async throws {
        try await withTestRedis { redis in
            let hash = Hash(redis: redis)
            _ = try await hash.renew(lease: "-1")
            #expect(try await hash.claim("r1"))
            #expect(try await hash.forget("r1"))
            #expect(try await redis.cli("hkeys", hash.key).split(separator: "\n").sorted() == ["reaped", "since"])
            #expect(try #require(Int(try await redis.cli("ttl", hash.key))) > 0)
            #expect(try await hash.renew() == ["reaped", "0"])
            #expect(try await redis.cli("ttl", hash.key) == "-1")
            #expect(try await hash.renew() == ["held", "0"])
        }
    }

    @Test("Who was cleared up after is not claimed once more, unless somebody insists")
    func done() async throws {
        try await withTestRedis { redis in
            let hash = Hash(redis: redis)
            _ = try await hash.renew(lease: "-1")
            #expect(try await hash.claim("r1"))
            #expect(try await hash.forget("r1"))
            #expect(try await hash.answer("r1") == ["2"])
            #expect(try await hash.answer("r2") == ["2"])
            #expect(try await redis.cli("hexists", hash.key, "reaper") == "0")
            // Whoever insists goes on as after any claim, and so does who comes after him.
            #expect(try await hash.answer("doctor", "again") == ["1"])
            #expect(try await hash.answer("doctor") == ["1"])
            #expect(try await hash.answer("r1") == ["0"])
            try await redis.cli("hset", hash.key, "reaper_until", "1")
            #expect(try await hash.answer("r1") == ["1"])
            #expect(try await hash.forget("r1"))
            // It is back, and dies once more.
            _ = try await hash.renew(lease: "-1")
            #expect(try await hash.answer("r1") == ["1"])
        }
    }

    @Test("A member that has joined again since it was read is not removed")
    func scores() async throws {
        try await withTestRedis { redis in
            let hash = Hash(redis: redis)
            let (old, new) = ("11700000000.123457", "11700000000.123459")
            try await redis.cli("zadd", "g", old, "a", new, "b", old, "c", "1.17e10", "d")
            #expect(try await hash.call("remove_members", "g", "a", old, "b", old, "gone", old) == ["1"])
            // However a reply spells a number, it is the same one.
            #expect(try await hash.call("remove_members", "g", "d", "11700000000") == ["1"])
            #expect(try await redis.cli("zrange", "g", "0", "-1") == "c\nb")
            #expect(try await hash.call("remove_members", "none", "a", old) == ["0"])
        }
    }

    @Test("The list of lapsed fronts is bounded, and has its caller not on it")
    func list() async throws {
        try await withTestRedis { redis in
            let hash = Hash(redis: redis)
            try await redis.cli("zadd", "f", "1", "me", "1", "a", "2", "b", "3", "c", "99999999999", "alive")
            #expect(try await hash.call("list_lapsed", "f", "60", "me", "2", "0") == ["a", "1", "b", "2"])
            #expect(try await hash.call("list_lapsed", "f", "60", "me", "9", "7") == ["a", "1", "b", "2", "c", "3"])
            // From anywhere on, and from the beginning again.
            #expect(try await hash.call("list_lapsed", "f", "60", "me", "2", "4") == ["b", "2", "c", "3"])
            #expect(try await hash.call("list_lapsed", "f", "60", "me", "2", "2") == ["c", "3", "a", "1"])
            #expect(try await hash.call("list_lapsed", "empty", "60", "me", "2", "2") == [])
        }
    }
}

extension TestRedis {
    /// Runs a script from a file with one key.
    fileprivate func evaluate(file: String, key: String, _ arguments: [String]) async throws -> [String] {
        let result = try await ChildProcess.run(
            "redis-cli",
            ["-p", String(port), "--eval", file, key, ","] + arguments
        )
        guard result.status == .exited(0) else {
            throw HarnessError.commandFailed(command: "redis-cli --eval \(file)", output: result.standardError)
        }
        return result.standardOutput.split(separator: "\n").map(String.init)
    }
}
