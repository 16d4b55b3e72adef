import ChannelLayers
import RedisBackends

/// What a front that died leaves in Redis, written by hand.
struct DeadFront: Sendable {
    let redis: TestRedis
    let name = FrontName.random()
    private let keys = RedisKeys()

    /// Members of it in a group.
    func join(_ group: GroupName, members: Int) async throws {
        let script = """
            for i = 1, ARGV[3] do redis.call('ZADD', KEYS[1], 11700000000 + i, ARGV[1] .. '!' .. i) end
            redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
            """
        try await redis.cli(
            "eval",
            script,
            "2",
            keys.members(of: group),
            keys.groups(of: name),
            name.channelPrefix,
            group.rawValue,
            String(members)
        )
    }

    /// Its lease, as lapsed as that, with what else its hash says.
    ///
    /// - Parameters:
    ///   - seconds: How long ago it lapsed; less than zero if it has not.
    ///   - reaper: Who has claimed to clear up after it, for how many seconds.
    ///   - listed: How long ago it lapsed by the list of fronts, where that is something else.
    /// - Throws: ``HarnessError`` when Redis refuses it.
    func lapse(
        _ seconds: Double = 1,
        reaper: (name: String, seconds: Double)? = nil,
        listed: Double? = nil
    ) async throws {
        let script = """
            local time = redis.call('TIME')
            local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
            redis.call('HSET', KEYS[1], 'until', string.format('%.6f', now - ARGV[2]), 'since', '1')
            if ARGV[4] ~= '' then
                redis.call('HSET', KEYS[1], 'reaper', ARGV[4], 'reaper_until', string.format('%.6f', now + ARGV[5]))
            end
            redis.call('ZADD', KEYS[2], string.format('%.6f', now - ARGV[3]), ARGV[1])
            """
        try await redis.cli(
            "eval",
            script,
            "2",
            keys.front(name),
            keys.fronts,
            name.rawValue,
            String(seconds),
            String(listed ?? seconds),
            reaper?.name ?? "",
            String(reaper?.seconds ?? 0)
        )
    }

    /// How many members of a group are its own.
    func count(in group: GroupName) async throws -> Int {
        try await redis.cli("zrange", keys.members(of: group), "0", "-1").split(separator: "\n")
            .count { $0.hasPrefix(name.channelPrefix + "!") }
    }

    /// Whether it is on the list of fronts.
    func isListed() async throws -> Bool {
        try await !redis.cli("zscore", keys.fronts, name.rawValue).isEmpty
    }

    /// A field of its hash; empty if there is none.
    func field(_ field: FrontField) async throws -> String {
        try await redis.cli("hget", keys.front(name), field.rawValue)
    }

    /// Waits until somebody has cleared up after it.
    func waitUntilReaped(timeout: Duration = .seconds(30)) async throws {
        try await eventually("the front is reaped", timeout: timeout) { try await !isListed() }
        let reaped = try await field(.reaped)
        guard reaped == "1" else { throw HarnessError.unexpected("off the list, but not reaped: “\(reaped)”") }
    }
}
