import ChannelLayers
import Consumers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// What a layer that was deaf for a while tells, and that it is not ready while it is.
@Suite("Layer: probes and gaps", .timeLimit(.minutes(3)))
struct RelayGapTests {
    private static let quick = RedisChannelLayerConfiguration(probeInterval: .milliseconds(200))

    /// Joins a new channel; returns it.
    @discardableResult
    private static func join(_ layer: RedisChannelLayer, _ groups: GroupName...) async throws -> ChannelName {
        let channel = layer.newConnectionChannel()
        for group in groups { try await layer.groupAdd(channel, to: group) }
        return channel
    }

    @Test("A killed relay connection is one gap in the groups with members here, told before what comes after it")
    func killed() async throws {
        try await withLinkedLayer { test in
            let layer = test.layer
            try await Self.join(layer, "a", "b")
            let former = try await Self.join(layer, "c")
            layer.groupDiscard(former, from: ["c"])
            try await eventually("c is left") { try await layer.groupCount("c") == 0 }
            for round in 1...3 {
                try await test.redis.cli("client", "kill", "type", "pubsub")
                try await eventually("gap \(round)") { test.receiver.gaps.count >= round }
                #expect(Set(test.receiver.gaps[round - 1]) == ["a", "b"])
                try await test.waitUntilReady()
                try await layer.groupSend(.numbered(round, from: "test"), to: "a")
                let seen = await test.receiver.messages(to: "a", timeout: .seconds(20)) { $0.count >= round }
                #expect(seen.last == .numbered(round, from: "test"))
            }
            #expect(test.receiver.gaps.count == 3)
        }
    }

    @Test(
        "A layer that only looks connected: not ready, connects anew by itself, and tells the gap when it hears again"
    )
    func deaf() async throws {
        try await withLinkedLayer(Self.quick) { test in
            try await Self.join(test.layer, "a")
            let before = try await test.link.accepted
            try await test.link.set(.deaf)
            try await test.waitUntilUnready("has not come back")
            try await test.layer.groupSend(.numbered(1, from: "test"), to: "a")
            try await eventually("a new connection") { try await test.link.accepted > before }
            #expect(test.layer.readiness != .ready)
            try await test.link.set(.none)
            try await test.waitUntilReady()
            try await eventually("the gap is told") { !test.receiver.gaps.isEmpty }
            #expect(Set(test.receiver.gaps.joined()) == ["a"])
            #expect(test.receiver.messages(to: "a").isEmpty)
        }
    }

    /// Joins groups, and says in which of them there was a gap, and what it hears.
    private struct Told: Consumer {
        let groups: [GroupName]

        func connected(_ connection: Connection) async throws {
            for group in groups { try await connection.join(group) }
        }

        func gap(in groups: [GroupName], on connection: Connection) async throws {
            connection.send(.text("gap in \(groups.map(\.rawValue).sorted().joined(separator: " "))"))
        }

        static func render(_ message: Message) throws -> Rendering { .frame(.text(message.type)) }
    }

    @Test("A consumer is told of a gap with its own groups, and hears what comes afterwards")
    func consumer() async throws {
        try await withLinkedLayer { test in
            let first = ConsumerCommunicator(layer: test.layer) { _ in Told(groups: ["a", "b"]) }
            let second = ConsumerCommunicator(layer: test.layer) { _ in Told(groups: ["b"]) }
            let none = ConsumerCommunicator(layer: test.layer) { _ in Told(groups: []) }
            for client in [first, second, none] { try await client.connect(timeout: .seconds(20)) }
            try await test.redis.cli("client", "kill", "type", "pubsub")
            #expect(try await first.nextText(timeout: .seconds(20)) == "gap in a b")
            #expect(try await second.nextText(timeout: .seconds(20)) == "gap in b")
            // What a client fetches now, because it was told to, misses nothing that comes after.
            try await test.layer.groupSend(Message(type: "after"), to: "b")
            #expect(try await first.nextText(timeout: .seconds(20)) == "after")
            #expect(try await second.nextText(timeout: .seconds(20)) == "after")
            #expect(await none.receivesNothing())
            for client in [first, second, none] { try await client.disconnect() }
        }
    }

    @Test("Messages that are late but come are no gap")
    func late() async throws {
        try await withLinkedLayer(Self.quick) { test in
            try await Self.join(test.layer, "a")
            try await test.link.set(.held(.toClient))
            try await test.waitUntilUnready("has not come back")
            try await test.link.set(.none)
            try await test.waitUntilReady()
            #expect(test.receiver.gaps.isEmpty)
        }
    }
}
