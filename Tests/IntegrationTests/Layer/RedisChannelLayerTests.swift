import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Synchronization
import Testing

/// The Redis channel layer by itself: the contract of every layer, three processes' worth of it on one Redis.
@Suite("Redis channel layer")
struct RedisChannelLayerTests {
    /// How the layers of a check are set up.
    struct Setting: Sendable, CustomTestStringConvertible {
        let hosts: Int
        let wire: WireFormat
        let testDescription: String
    }

    static let settings = [
        Setting(hosts: 1, wire: WireFormat(), testDescription: "one Redis"),
        Setting(hosts: 2, wire: WireFormat(), testDescription: "two Redis hosts"),
        Setting(hosts: 3, wire: WireFormat(), testDescription: "three Redis hosts"),
        Setting(hosts: 1, wire: WireFormat(serializer: .json), testDescription: "JSON"),
        Setting(hosts: 1, wire: WireFormat(encryptionKeys: ["new", "old"]), testDescription: "encrypted"),
        Setting(
            hosts: 2,
            wire: WireFormat(serializer: .json, encryptionKeys: ["key"]),
            testDescription: "encrypted JSON on two hosts"
        ),
    ]

    @Test("Three layers keep every promise of the contract", arguments: settings)
    func keepsTheContract(_ setting: Setting) async throws {
        let configuration = RedisChannelLayerConfiguration(
            wire: setting.wire,
            leaveGrace: .seconds(1),
            histories: ContractSubject.histories
        )
        try await withLayers(3, hosts: setting.hosts, configuration) { layers in
            for contract in ChannelLayerContract.all {
                do {
                    try await contract.check(layers.subject)
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    @Test("A member's name and score are those of the design: specific.<32 hex>!<n>, joining time + 10,000,000,000")
    func whatIsWritten() async throws {
        try await withTestRedis { redis in
            try await withLayers(1, on: [redis]) { layers in
                let channel = layers[0].newConnectionChannel()
                let before = Double(try await redis.cli("time").split(separator: "\n")[0]) ?? 0
                try await layers[0].groupAdd(channel, to: "room")
                let pair = try await redis.cli("zrange", "asgi:group:room", "0", "-1", "withscores").split(
                    separator: "\n"
                )
                #expect(pair[0].wholeMatch(of: /specific\.[0-9a-f]{32}![0-9]+/) != nil)
                #expect(String(pair[0]) == channel.rawValue)
                let score = try #require(Double(pair[1]))
                #expect((before - 2...before + 60).contains(score - 10_000_000_000))
                let expiry = try #require(Int(try await redis.cli("ttl", "asgi:group:room")))
                #expect((86_000...86_400).contains(expiry))
                #expect(try await redis.cli("pubsub", "channels") == "asgi__group__room")

                layers[0].groupDiscard(channel, from: ["room"])
                try await eventually("an empty Redis") {
                    let exists = try await redis.cli("exists", "asgi:group:room")
                    return try await redis.cli("pubsub", "channels").isEmpty && exists == "0"
                }
            }
        }
    }

    @Test("Joins and leaves that fall together share a ZADD and a ZREM")
    func batches() async throws {
        try await withTestRedis { redis in
            try await withLayers(1, on: [redis]) { layers in
                let layer = layers[0]
                let channels = (0..<400).map { _ in layer.newConnectionChannel() }
                // The first join subscribes; those behind it meet while that is on its way.
                try await withThrowingTaskGroup { group in
                    for channel in channels { group.addTask { try await layer.groupAdd(channel, to: "room") } }
                    try await group.waitForAll()
                }
                #expect(try await redis.cli("zcard", "asgi:group:room") == "400")
                #expect(try await calls("zadd", redis) <= 40)
                for channel in channels { layer.groupDiscard(channel, from: ["room"]) }
                try await eventually("all have left") { try await redis.cli("zcard", "asgi:group:room") == "0" }
                #expect(try await calls("zrem", redis) <= 40)
            }
        }
    }

    @Test("A join while Redis is away waits and succeeds; one that is given up fails with .closed")
    func joinsDuringAnOutage() async throws {
        try await withTestRedis { redis in
            try await withLayers(1, on: [redis]) { layers in
                let layer = layers[0]
                redis.kill()
                try await eventually("the layer notices") { layer.readiness != .ready }
                let (kept, givenUp) = (layer.newConnectionChannel(), layer.newConnectionChannel())
                async let joined: Void = layer.groupAdd(kept, to: "room")
                let outcome = Mutex<Result<Void, ChannelLayerError>?>(nil)
                layer.groupAdd(givenUp, to: "room") { result in outcome.withLock { $0 = result } }
                await #expect(throws: ChannelLayerError.self) {
                    try await layer.groupSend(Message(type: "lost"), to: "room")
                }
                #expect(outcome.withLock { $0 == nil })
                layer.groupDiscard(givenUp, from: ["room"])
                let error = #expect(throws: ChannelLayerError.self) { try outcome.withLock { try $0?.get() } }
                #expect(error?.code == .closed)
                try await redis.restart()
                try await joined
                #expect(try await layer.groupMembers("room") == [kept])
            }
        }
    }

    private func calls(_ command: String, _ redis: TestRedis) async throws -> Int {
        let statistics = try await redis.cli("info", "commandstats")
        let line = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_\(command):") }
        return line.flatMap { $0.firstMatch(of: /calls=([0-9]+)/) }.flatMap { Int($0.1) } ?? 0
    }
}
