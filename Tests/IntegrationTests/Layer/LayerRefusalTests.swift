import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Synchronization
import Testing

/// What a layer does when Redis does not let it, and lets it again.
@Suite("A layer that Redis refuses something")
struct LayerRefusalTests {
    @Test("Without the right to wait, the mailbox keeps its messages, readiness says so, and all arrive afterwards")
    func noBlocking() async throws {
        try await withLayers(1) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let channel = layer.newConnectionChannel()
            try await redis.cli("acl", "setuser", "default", "-bzpopmin")
            try await eventually("readiness says why") {
                if case .notReady(let reason) = layer.readiness { reason.contains("BZPOPMIN") } else { false }
            }
            for number in 0..<5 { try await layer.send(Message.numbered(number, from: "test"), to: channel) }
            try await redis.cli("acl", "setuser", "default", "+bzpopmin")
            let seen = await layers.receiver(0).messages(to: channel, timeout: .seconds(20)) { $0.count >= 5 }
            #expect(seen == (0..<5).map { .numbered($0, from: "test") })
            try await eventually("ready again") { layer.readiness == .ready }
        }
    }

    @Test("Many messages that wait are taken in few looks, large ones in small bites")
    func backlog() async throws {
        let capacities = ChannelCapacities(default: 1000)
        try await withLayers(1, RedisChannelLayerConfiguration(capacities: capacities)) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let channel = layer.newConnectionChannel()
            try await redis.cli("acl", "setuser", "default", "-bzpopmin")
            try await eventually("readiness says why") { layer.readiness != .ready }
            let large = MessageValue.bytes(Array(repeating: 7, count: 700_000))
            for number in 0..<300 {
                let extra: MessageValue = number % 50 == 0 ? large : nil
                try await layer.send(
                    Message(type: "n", ["number": .integer(Int64(number)), "extra": extra]),
                    to: channel
                )
            }
            try await redis.cli("config", "resetstat")
            try await redis.cli("acl", "setuser", "default", "+bzpopmin")
            let seen = await layers.receiver(0).messages(to: channel, timeout: .seconds(20)) { $0.count >= 300 }
            #expect(seen.compactMap { $0["number"]?.integerValue } == Array(0..<300))
            let calls = try await redis.cli("info", "commandstats").split(whereSeparator: \.isNewline)
                .first { $0.hasPrefix("cmdstat_evalsha:") }?.firstMatch(of: /calls=([0-9]+)/).flatMap { Int($0.1) }
            #expect(calls ?? 0 > 0 && calls ?? 0 <= 30)
        }
    }

    @Test("A subscription to its own channels that is denied keeps a layer unready until it is allowed")
    func deniedChannels() async throws {
        try await withTestRedis { redis in
            try await redis.cli("acl", "setuser", "default", "resetchannels", "&asgi__group__*")
            let reason = Mutex("")
            let ready = Task {
                try await withLayers(1, on: [redis], whileUnready: { why in reason.withLock { $0 = why } }) { _ in }
            }
            try await eventually("readiness says why") { reason.withLock { $0 }.contains("NOPERM") }
            try await redis.cli("acl", "setuser", "default", "allchannels")
            try await ready.value
        }
    }

    private final class Taken: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    /// Receives until the layer ends.
    private static func receive(_ channel: ChannelName, of layer: RedisChannelLayer, into taken: Taken) async {
        do {
            while true {
                let number = try await layer.receive(channel).testNumber
                taken.numbers.withLock { $0.append(number) }
            }
        } catch {
            #expect(error.code == .closed || error.code == .cancelled)
        }
    }

    @Test("A receiver that ends loses nothing of a work queue, whatever it has in hand")
    func shutdown() async throws {
        try await withTestRedis { redis in
            let (jobs, count) = (try ChannelName("jobs"), 2000)
            let configuration = RedisChannelLayerConfiguration(capacities: ChannelCapacities(default: 5000))
            try await withLayers(1, on: [redis], configuration) { sender in
                let sending = Task {
                    for number in 0..<count {
                        try await sender[0].send(Message.numbered(number, from: "test"), to: jobs)
                    }
                }
                let taken = Taken()
                // One process after the other comes, takes some, and goes while it waits for more.
                for _ in 0..<8 {
                    let before = taken.numbers.withLock(\.count)
                    try await withThrowingTaskGroup(of: Void.self) { receivers in
                        try await withEndingLayer(on: [redis], configuration) { layer in
                            for _ in 0..<4 { receivers.addTask { await Self.receive(jobs, of: layer, into: taken) } }
                            try await eventually("some are taken") { taken.numbers.withLock(\.count) >= before + 50 }
                        }
                        try await receivers.waitForAll()
                    }
                }
                try await sending.value
                try await withLayers(1, on: [redis], configuration) { rest in
                    let receiving = Task { await Self.receive(jobs, of: rest[0], into: taken) }
                    try await eventually("all are taken") { taken.numbers.withLock(\.count) >= count }
                    receiving.cancel()
                    await receiving.value
                }
                #expect(taken.numbers.withLock { $0.sorted() } == Array(0..<count))
            }
        }
    }
}

extension Message {
    fileprivate var testNumber: Int { self["number"]?.integerValue.map(Int.init) ?? -1 }
}
