import ChannelLayers
import Foundation
import RedisBackends
import Synchronization
import Testing

/// What comes and goes a million times leaves nothing behind.
@Suite("A million joins and leaves")
struct MillionTests {
    private static let batch = 10_000
    private static let batches = 100
    private static let groups = (0..<50).map { "g\($0)" }

    @Test("After a million joins and leaves Redis' keys and connections and the process' memory are what they were")
    func million() async throws {
        try await withLayers(1) { layers in
            let layer = layers[0]
            let redis = layers.redis[0]
            let start = ContinuousClock.now
            // What is allocated once, whatever comes.
            for _ in 0..<5 { try await comeAndGo(layer, redis) }
            let before = try await Usage(redis)
            for _ in 5..<Self.batches { try await comeAndGo(layer, redis) }
            let took = start.duration(to: .now)
            let after = try await Usage(redis)
            #expect(after.keys == before.keys)
            #expect(after.connections == before.connections)
            #expect(after.residentMegabytes <= before.residentMegabytes + 48, "\(before) \(after)")
            #expect(after.redisMegabytes <= before.redisMegabytes + 8, "\(before) \(after)")
            print("a million joins and leaves took \(took); before: \(before), after: \(after)")
            #expect(took < .seconds(900))
        }
    }

    /// A batch of channels joins, all acknowledged, and leaves again.
    private func comeAndGo(_ layer: RedisChannelLayer, _ redis: TestRedis) async throws {
        let groups = try Self.groups.map { try GroupName($0) }
        let channels = (0..<Self.batch).map { _ in layer.newConnectionChannel() }
        let joined = Atomic<Int>(0)
        let failed = Atomic<Int>(0)
        for (index, channel) in channels.enumerated() {
            layer.groupAdd(channel, to: groups[index % groups.count]) { result in
                if case .failure = result { failed.add(1, ordering: .relaxed) }
                joined.add(1, ordering: .relaxed)
            }
        }
        try await eventually("all have joined", timeout: .seconds(60), every: .milliseconds(2)) {
            joined.load(ordering: .relaxed) == Self.batch
        }
        #expect(failed.load(ordering: .relaxed) == 0)
        for (index, channel) in channels.enumerated() {
            layer.groupDiscard(channel, from: [groups[index % groups.count]])
        }
        try await eventually("all have left", timeout: .seconds(60), every: .milliseconds(2)) {
            let first = try await layer.groupCount(groups[0])
            let last = try await layer.groupCount(groups[groups.count - 1])
            return first == 0 && last == 0
        }
    }
}

/// What a layer costs Redis and its process.
private struct Usage: CustomStringConvertible {
    let keys: Int
    let connections: Int
    let redisMegabytes: Int
    let residentMegabytes: Int

    init(_ redis: TestRedis) async throws {
        // The last leaves, and what the listing holds of them, may still be on their way.
        var stable = (keys: -1, times: 0)
        try await eventually("the number of keys stays the same", every: .milliseconds(100)) {
            let keys = Int(try await redis.cli("dbsize")) ?? -2
            stable = keys == stable.keys ? (keys, stable.times + 1) : (keys, 0)
            return stable.times == 10
        }
        keys = stable.keys
        connections = try await redis.cli("client", "list").split(separator: "\n").count
        let info = try await redis.cli("info", "memory").split(whereSeparator: \.isNewline)
        let used = info.first { $0.hasPrefix("used_memory:") }?.dropFirst(12)
        redisMegabytes = (used.flatMap { Int($0) } ?? 0) >> 20
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        residentMegabytes = (Int(pages[1]) ?? 0) * 4096 / 1_048_576
    }

    var description: String {
        "\(keys) keys, \(connections) connections, Redis \(redisMegabytes) MB, this process \(residentMegabytes) MB"
    }
}
