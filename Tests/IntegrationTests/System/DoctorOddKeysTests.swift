import ChannelLayers
import Foundation
import Testing

/// `muster doctor` where Redis holds what is no front's ordinary work.
@Suite("Doctor: people, several hosts, odd keys")
struct DoctorOddKeysTests {
    @Test("A dead front's people are found and removed; those who are on a live front too stay")
    func people() async throws {
        try await withTestRedis { redis in
            let dead = DeadFront(redis: redis)
            let live = DeadFront(redis: redis)
            try await live.lapse(-600)
            try await redis.cli("hset", "asgi:users:room", "bob", "\(dead.name):1", "eve", "\(live.name):3")
            try await redis.cli("hset", "asgi:users:room", "ann", "\(dead.name):1 \(live.name):3")
            let found = try await muster("doctor", on: redis)
            #expect(found.status == .exited(1))
            #expect(found.standardOutput.contains("2 people on dead front"), "\(found.standardOutput)")
            let repaired = try await muster("doctor", "--repair", on: redis)
            #expect(repaired.status == .exited(0), "\(repaired.standardOutput)\(repaired.standardError)")
            let left = try await redis.cli("hgetall", "asgi:users:room").split(separator: "\n").map(String.init)
            #expect(Set(left) == ["ann", "eve", "\(live.name):3"])
            #expect(left.count == 4)
        }
    }

    @Test("Two hosts, one with a group's members and one with its people: each is found and mended where it is")
    func twoHosts() async throws {
        try await withRedisHosts(2) { redis in
            // Members of room are on the first host, its people on the second, where its relay is.
            let dead = DeadFront(redis: redis[0])
            try await dead.join("room", members: 3)
            try await redis[1].cli("hset", "asgi:users:room", "bob", "\(dead.name):1")
            let found = try await muster("doctor", "--json", on: redis[0], redis[1])
            #expect(found.status == .exited(1), "\(found.standardError)")
            let json = try #require(
                JSONSerialization.jsonObject(with: Data(found.standardOutput.utf8)) as? [String: Any]
            )
            let findings = try #require(json["findings"] as? [[String: Any]])
            #expect(findings.map { $0["host"] as? Int } == [1, 2])
            #expect(findings.map { $0["dead"] as? [String: Int] } == [[dead.name.rawValue: 3], [:]])
            let people = findings.map { $0["people_of_dead_fronts"] as? [String: Int] }
            #expect(people == [[:], [dead.name.rawValue: 1]])
            let repaired = try await muster("doctor", "--repair", on: redis[0], redis[1])
            #expect(repaired.status == .exited(0), "\(repaired.standardOutput)\(repaired.standardError)")
            #expect(try await redis[0].cli("exists", "asgi:group:room") == "0")
            #expect(try await redis[1].cli("exists", "asgi:users:room") == "0")
        }
    }

    @Test("Keys of the wrong type are named, and everything else is looked at and mended all the same")
    func wrongTypes() async throws {
        try await withTestRedis { redis in
            let dead = DeadFront(redis: redis)
            let live = DeadFront(redis: redis)
            let jammed = DeadFront(redis: redis)
            try await live.lapse(-600)
            try await dead.join("room", members: 2)
            try await jammed.join("other", members: 1)
            let odd = [
                "asgi:group:x", "asgi:users:x", "asgi:front:\(live.name):groups", "asgi:front:y",
                "asgi:front:\(jammed.name):groups",
            ]
            for key in odd { try await redis.cli("set", key, "text") }
            let found = try await muster("doctor", "--django", on: redis)
            #expect(found.status == .exited(1), "\(found.standardError)")
            let text = found.standardOutput
            for key in odd { #expect(text.contains("\(key) "), "\(text)") }
            #expect(text.contains("a string, not a sorted set"), "\(text)")
            #expect(text.contains("a string, not a hash"), "\(text)")
            #expect(text.contains("3 members of dead fronts"), "\(text)")
            #expect(text.contains("5 keys of the wrong type"), "\(text)")
            let repaired = try await muster("doctor", "--repair", on: redis)
            #expect(repaired.status == .exited(1), "\(repaired.standardOutput)\(repaired.standardError)")
            #expect(repaired.standardOutput.contains("Not cleared up after \(jammed.name): "))
            #expect(try await redis.cli("exists", "asgi:group:room") == "0")
            for key in odd { #expect(try await redis.cli("get", key) == "text") }
            try await redis.cli("del", "asgi:fronts")
            try await redis.cli("set", "asgi:fronts", "text")
            let headless = try await muster("doctor", on: redis)
            #expect(headless.standardOutput.contains("6 keys of the wrong type"), "\(headless.standardOutput)")
        }
    }

    @Test("Scores and times that are no numbers of members, and no times, end nothing")
    func infinite() async throws {
        try await withTestRedis { redis in
            let front = DeadFront(redis: redis)
            try await front.lapse(-600)
            let listing = "asgi:front:\(front.name):groups"
            try await redis.cli("zadd", listing, "+inf", "a", "1e19", "b", "-inf", "c", "1e300", "d")
            let result = try await muster("doctor", on: redis)
            #expect(result.status == .exited(0), "\(result.standardOutput)\(result.standardError)")
            try await redis.cli(
                "hset",
                "asgi:front:\(front.name)",
                "until",
                "inf",
                "since",
                "nan",
                "reaper_until",
                "inf"
            )
            try await redis.cli("zadd", "asgi:fronts", "+inf", front.name.rawValue)
            for arguments in ["", "--json"] {
                let result =
                    arguments.isEmpty
                    ? try await muster("fronts", on: redis) : try await muster("fronts", arguments, on: redis)
                #expect(result.status == .exited(0), "\(result.standardError)")
                #expect(result.standardOutput.contains("no lease"), "\(result.standardOutput)")
            }
        }
    }

    @Test("A mailbox that expires by itself is not left behind; one that stays is")
    func expiringMailbox() async throws {
        try await withTestRedis { redis in
            let front = DeadFront(redis: redis)
            let mailbox = "asgi\(front.name.channelPrefix)!"
            try await redis.cli("hset", "asgi:front:\(front.name)", "reaped", "1")
            try await redis.cli("zadd", "asgi:front:\(front.name):groups", "1", "room")
            try await redis.cli("expire", "asgi:front:\(front.name):groups", "600")
            try await redis.cli("zadd", mailbox, "1000", "message")
            let found = try await muster("doctor", on: redis)
            #expect(found.status == .exited(1))
            #expect(found.standardOutput.contains("mailbox"), "\(found.standardOutput)")
            try await redis.cli("expire", mailbox, "600")
            let result = try await muster("doctor", on: redis)
            #expect(result.status == .exited(0), "\(result.standardOutput)\(result.standardError)")
        }
    }

    @Test("More Django processes than Redis is asked about at a time are all judged")
    func manyProcesses() async throws {
        try await withTestRedis { redis in
            let script = """
                for i = 1, 1203 do
                    local core = 'specific.' .. string.format('%032x', i) .. '!'
                    redis.call('ZADD', KEYS[1], ARGV[1], core .. '1', ARGV[1], 'asgispecific.' .. string.format('%032x', i))
                    redis.call('ZADD', 'asgi' .. core, ARGV[1] - 100, 'old')
                end
                """
            let now = String(Date().timeIntervalSince1970)
            try await redis.cli("eval", script, "1", "asgi:group:room", now)
            let found = try await muster("doctor", "--django", on: redis)
            #expect(found.standardOutput.contains("2,406 Django members unread"), "\(found.standardOutput.suffix(300))")
            // The longest command names no more than some hundred of them.
            let calls = try await redis.cli("info", "commandstats").split(whereSeparator: \.isNewline)
                .first { $0.hasPrefix("cmdstat_pubsub") }
            #expect(calls?.contains("calls=12,") == true, "\(calls ?? "never called")")
        }
    }
}
