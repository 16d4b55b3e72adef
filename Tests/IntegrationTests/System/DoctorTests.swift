import ChannelLayers
import Foundation
import RedisBackends
import Testing

/// `muster fronts` and `muster doctor` on running systems, some of them damaged by hand.
@Suite("Doctor")
struct DoctorTests {
    /// Long enough that no front loses its lease for want of a processor.
    private static let quick = ["--heartbeat", "0.5", "--lease", "4"]

    private func members(_ redis: TestRedis, _ group: String = "users") async throws -> Set<Substring> {
        Set(try await redis.cli("zrange", "asgi:group:\(group)", "0", "-1").split(separator: "\n"))
    }

    /// Waits until each front says in Redis how many members it has in the group.
    private func waitUntilListed(_ count: Int, _ redis: TestRedis) async throws {
        try await eventually("the fronts list \(count) members") {
            var listed = 0
            for front in try await redis.cli("zrange", "asgi:fronts", "0", "-1").split(separator: "\n") {
                listed += Int(try await redis.cli("zscore", "asgi:front:\(front):groups", "users")) ?? 0
            }
            return listed == count
        }
    }

    @Test("fronts prints each front and how its lease stands, as a table and as JSON")
    func fronts() async throws {
        try await withFronts(2, arguments: Self.quick) { fronts in
            try await eventually("a table of two live fronts", timeout: .seconds(60)) {
                let table = try await muster("fronts", on: fronts.redis)
                #expect(table.status == .exited(0))
                let lines = table.standardOutput.split(separator: "\n")
                #expect(lines.first?.hasPrefix("FRONT ") == true)
                return lines.count == 3 && lines.dropFirst().allSatisfy { $0.hasSuffix("live") }
            }
            // Both at once: neither is left to clear up after the other.
            for front in fronts.fronts { front.kill9() }
            try await eventually("both leases have lapsed", timeout: .seconds(60)) {
                let json = try await muster("fronts", "--json", on: fronts.redis).standardOutput
                let rows = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
                guard rows.count == 2 else { return false }
                return rows.allSatisfy { $0["state"] as? String == "lapsed" && ($0["lease_left"] as? Double ?? 0) < 0 }
            }
        }
    }

    @Test("All is well: exit status 0 and one line, also while clients come and go")
    func allIsWell() async throws {
        try await withFronts(2, arguments: Self.quick) { fronts in
            let swarm = try await ClientSwarm.open(40, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await fronts.waitUntilCount(40)
            try await waitUntilListed(40, fronts.redis)
            let result = try await muster("doctor", on: fronts.redis)
            #expect(result.standardOutput == "All is well: 1 group with 40 members, 2 live fronts.")
            #expect(result.status == .exited(0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        try await swarm.openMore(20)
                        try await swarm.close(20)
                    }
                }
                for _ in 0..<5 {
                    let result = try await muster("doctor", on: fronts.redis)
                    #expect(result.status == .exited(0), "\(result.standardOutput)")
                }
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) { throw error }
                }
            }
        }
    }

    @Test("Damage of every kind is found, and --repair leaves exactly the open connections")
    func damage() async throws {
        // Fronts find missing members by themselves too, every five heartbeats: the doctor is to be first.
        try await withFronts(2, arguments: ["--heartbeat", "8", "--lease", "24"]) { fronts in
            let redis = fronts.redis
            let swarm = try await ClientSwarm.open(6, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await fronts.waitUntilCount(6)
            try await waitUntilListed(6, redis)
            let whole = try await members(redis)
            let damage = Damage(redis: redis)
            try await damage.addGhosts(3, to: "users")
            try await damage.addGhosts(2, to: "room")
            try await damage.leaveKeys()
            let lost = try #require(whole.first)
            try await redis.cli("zrem", "asgi:group:users", String(lost))
            let other = try #require(whole.first { $0.prefix(41) != lost.prefix(41) })
            try await redis.cli("zadd", "asgi:group:users", "11700000000", "\(other.prefix(41))!999999")

            let found = try await muster("doctor", on: redis)
            #expect(found.status == .exited(1))
            let text = found.standardOutput
            #expect(text.contains("3 of dead front \(damage.front.prefix(8))…"), "\(text)")
            #expect(text.contains("1 missing of front \(lost.dropFirst(9).prefix(8))…"), "\(text)")
            #expect(text.contains("1 too many of front \(other.dropFirst(9).prefix(8))…"), "\(text)")
            #expect(text.contains("5 members of dead fronts, 1 member too many, 1 member missing"), "\(text)")
            #expect(text.contains("mailbox"), "\(text)")
            #expect(text.contains("muster doctor --repair"), "\(text)")

            let repaired = try await muster("doctor", "--repair", on: redis)
            #expect(repaired.status == .exited(0), "\(repaired.standardOutput)")
            #expect(repaired.standardOutput.hasSuffix("All is well: 1 group with 6 members, 2 live fronts."))
            #expect(try await members(redis) == whole)
            #expect(try await redis.cli("exists", "asgi:group:room") == "0")
            #expect(try await damage.keysLeft() == 0)
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "6"}"#)
        }
    }

    @Test("Nobody alive: what is dead is removed all the same; without --repair nothing is touched")
    func nobodyAlive() async throws {
        try await withTestRedis { redis in
            let damage = Damage(redis: redis)
            try await damage.addGhosts(1200, to: "room")
            let found = try await muster("doctor", "--json", on: redis)
            #expect(found.status == .exited(1))
            let json = try #require(
                JSONSerialization.jsonObject(with: Data(found.standardOutput.utf8)) as? [String: Any]
            )
            #expect(json["ok"] as? Bool == false)
            let finding = try #require((json["findings"] as? [[String: Any]])?.first)
            #expect(finding["dead"] as? [String: Int] == [damage.front: 1200])
            #expect(try await redis.cli("zcard", "asgi:group:room") == "1200")
            let repaired = try await muster("doctor", "--repair", on: redis)
            #expect(repaired.status == .exited(0), "\(repaired.standardOutput)")
            #expect(try await redis.cli("exists", "asgi:group:room") == "0")
        }
    }

    @Test("A front whose lease is good is never touched, whatever its members look like")
    func liveIsLeft() async throws {
        try await withTestRedis { redis in
            let damage = Damage(redis: redis)
            try await damage.addGhosts(3, to: "room")
            try await damage.renewLease(seconds: 600)
            let result = try await muster("doctor", "--repair", on: redis)
            // It does not say that it has them, so they are too many; but only it may take them away.
            #expect(result.status == .exited(1))
            #expect(result.standardOutput.contains("3 members too many"), "\(result.standardOutput)")
            #expect(try await redis.cli("zcard", "asgi:group:room") == "3")
            #expect(try await redis.cli("hget", "asgi:front:\(damage.front)", "reconcile") == "doctor")
        }
    }

    @Test("Django's members are judged by unread mailboxes, only with --django, and only then removed")
    func django() async throws {
        try await withTestRedis { redis in
            let now = Date().timeIntervalSince1970
            let unread = "specific.\(String(repeating: "a", count: 32))!"
            let quiet = "specific.\(String(repeating: "b", count: 32))!"
            let reading = "specific.\(String(repeating: "c", count: 32))!"
            let gone = "asgispecific.\(String(repeating: "d", count: 32))"
            let heard = "asgispecific.\(String(repeating: "e", count: 32))"
            for name in [unread + "1", unread + "2", quiet + "1", reading + "1", gone, heard] {
                try await redis.cli("zadd", "asgi:group:room", "\(now)", name)
            }
            try await redis.cli("zadd", "asgi\(unread)", "\(now - 100)", "old", "\(now)", "new")
            try await redis.cli("zadd", "asgi\(reading)", "\(now)", "new")
            let listener = try await ChildProcess.start("redis-cli", ["-p", "\(redis.port)", "subscribe", heard])
            try await eventually("a subscriber") { try await redis.cli("pubsub", "numsub", heard).hasSuffix("1") }

            #expect(try await muster("doctor", "--repair", on: redis).status == .exited(0))
            let found = try await muster("doctor", "--django", on: redis)
            #expect(found.status == .exited(1))
            #expect(found.standardOutput.contains("3 Django members unread"), "\(found.standardOutput)")
            #expect(found.standardOutput.contains("Cannot tell whether 1 Django process"), "\(found.standardOutput)")
            let repaired = try await muster("doctor", "--django", "--repair", on: redis)
            #expect(repaired.status == .exited(0), "\(repaired.standardOutput)")
            #expect(try await members(redis, "room") == [quiet[...] + "1", reading[...] + "1", heard[...]])
            await listener.stop()
        }
    }

    @Test("Redis absent: exit status 2 and one line")
    func redisAbsent() async throws {
        let port = try FreePort.pick()
        let result = try await ChildProcess.run(
            Repository.musterExecutable(),
            ["doctor", "--redis", "redis://127.0.0.1:\(port)"]
        )
        #expect(result.status == .exited(2))
        #expect(result.standardError.split(separator: "\n").count == 1)
        #expect(result.standardError.contains("127.0.0.1:\(port)"))
    }
}

/// What a front that was never seen to end has left.
private struct Damage {
    let redis: TestRedis
    let front = FrontName.random().rawValue

    func addGhosts(_ count: Int, to group: String) async throws {
        let script = "for i = 1, ARGV[2] do redis.call('ZADD', KEYS[1], 11700000000 + i, ARGV[1] .. i) end"
        try await redis.cli("eval", script, "1", "asgi:group:\(group)", "specific.\(front)!", String(count))
    }

    /// Keys of which no front's list says anything.
    func leaveKeys() async throws {
        try await redis.cli("hset", "asgi:front:\(front)", "until", "1000", "since", "900")
        try await redis.cli("zadd", "asgi:front:\(front):groups", "3", "users")
        try await redis.cli("zadd", "asgispecific.\(front)!", "1000", "message")
    }

    func keysLeft() async throws -> Int {
        let keys = ["asgi:front:\(front):groups", "asgispecific.\(front)!"]
        var left = 0
        for key in keys where try await redis.cli("exists", key) == "1" { left += 1 }
        // The note that it was cleared up after stays for a while.
        if try await redis.cli("hexists", "asgi:front:\(front)", "until") == "1" { left += 1 }
        return left
    }

    func renewLease(seconds: Int) async throws {
        let until = String(Date().timeIntervalSince1970 + Double(seconds))
        try await redis.cli("hset", "asgi:front:\(front)", "until", until)
        try await redis.cli("zadd", "asgi:fronts", until, front)
    }
}
