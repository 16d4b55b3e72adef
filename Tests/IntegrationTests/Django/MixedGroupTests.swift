import ChannelLayers
import Messages
import RedisBackends
import Testing

/// A group whose members are in Django processes of both layers and in two Muster layers.
///
/// Django's own two layers do not hear each other (see `DjangoHarnessTests`); Muster hears both and speaks to both.
@Suite("A group of Django and Muster")
struct MixedGroupTests {
    @Test("10,000 messages from each side reach every member that the sender's layer reaches once, in order")
    func tenThousand() async throws {
        try await exchange(10_000, wire: .messagePack, timeout: .seconds(240))
    }

    @Test("The same in JSON and with encryption", arguments: [Wire.json, .encryptedMessagePack, .encryptedJSON])
    func otherWires(wire: Wire) async throws {
        try await exchange(1000, wire: wire, timeout: .seconds(60))
    }

    @Test("A message that excludes a member of one layer reaches all others, Django's too")
    func excluding() async throws {
        try await withTestRedis { redis in
            let django = try await DjangoGroup.start(hosts: [redis.url], wire: .messagePack)
            try await withMusterLayers(2, hosts: [redis]) { layers in
                let first = try await layers[0].connectionMember(of: "room")
                let second = try await layers[1].connectionMember(of: "room")
                for (sender, excluded) in [("one", first), ("two", second)] {
                    try await layers[0].layer.groupSend(.numbered(0, from: sender), to: "room", excluding: excluded)
                }
                let both = ChannelSummary(senders: ["one": .whole(1), "two": .whole(1)])
                #expect(try await django.core.collected(django.coreChannel, count: 2) == both)
                #expect(try await django.pubSub.collected(django.pubSubChannel, count: 2) == both)
                let toFirst = try await layers[0].receiver.collected(first, count: 1)
                #expect(toFirst == ChannelSummary(senders: ["two": .whole(1)]))
                let toSecond = try await layers[1].receiver.collected(second, count: 1)
                #expect(toSecond == ChannelSummary(senders: ["one": .whole(1)]))
            }
            await django.stop()
        }
    }

    /// Every side sends at the same time.
    private func exchange(_ count: Int, wire: Wire, timeout: Duration) async throws {
        try await withTestRedis { redis in
            let django = try await DjangoGroup.start(hosts: [redis.url], wire: wire)
            try await withMusterLayers(2, hosts: [redis], wire: wire, capacity: DjangoGroup.capacity) { layers in
                let first = try await layers[0].connectionMember(of: "room")
                let second = try await layers[1].connectionMember(of: "room")
                let received = try await ReceivingMember.join("room", of: layers[1].layer)
                // The pub/sub layer keeps no members in the sorted set.
                #expect(try await redis.cli("zcard", "asgi:group:room") == "4")

                let start = ContinuousClock.now
                async let fromCore = django.core.sendMany(count, from: "core", to: .group("room"), timeout: timeout)
                async let fromPubSub = django.pubSub.sendMany(
                    count,
                    from: "pubsub",
                    to: .group("room"),
                    timeout: timeout
                )
                async let fromFirst: Void = layers[0].sendMany(count, from: "muster A", to: "room")
                async let fromSecond: Void = layers[1].sendMany(count, from: "muster B", to: "room")
                _ = try await (fromCore, fromPubSub, fromFirst, fromSecond)
                let sent = ContinuousClock.now

                let whole = SequenceSummary.whole(count)
                let ofMuster = ["muster A": whole, "muster B": whole]
                let toCore = ChannelSummary(senders: ofMuster.merging(["core": whole]) { old, _ in old })
                let toPubSub = ChannelSummary(senders: ofMuster.merging(["pubsub": whole]) { old, _ in old })
                let all = ["core": whole, "pubsub": whole]
                let toMuster = ChannelSummary(senders: ofMuster.merging(all) { old, _ in old })
                let core = try await django.core.collected(django.coreChannel, count: 3 * count, timeout: timeout)
                #expect(core == toCore)
                let pubSub = try await django.pubSub.collected(django.pubSubChannel, count: 3 * count, timeout: timeout)
                #expect(pubSub == toPubSub)
                #expect(try await layers[0].receiver.collected(first, count: 4 * count) == toMuster)
                #expect(try await layers[1].receiver.collected(second, count: 4 * count) == toMuster)
                #expect(try await received.collected(count: 4 * count) == toMuster)
                await received.stop()
                print(
                    """
                    4 × \(count) group messages in \(wire.testDescription): sent within \(start.duration(to: sent)), \
                    all there after \(start.duration(to: .now))
                    """
                )
            }
            await django.stop()
        }
    }
}

/// A Django process of each layer with a member that is received from, in the group `room`.
private struct DjangoGroup {
    /// More than any test has on its way: nothing is to be dropped.
    static let capacity = 50_000

    let core: DjangoLayer
    let coreChannel: String
    let pubSub: DjangoLayer
    let pubSubChannel: String

    static func start(hosts: [String], wire: Wire) async throws -> DjangoGroup {
        // The expiry is longer than any test runs: Django drops what has waited for longer.
        let configuration = DjangoLayer.Configuration(hosts: hosts, wire: wire, capacity: capacity, expiry: 600)
        let core = try await DjangoLayer.start(.core, configuration)
        let pubSub = try await DjangoLayer.start(.pubSub, configuration)
        return DjangoGroup(
            core: core,
            coreChannel: try await core.collectingMember(of: "room"),
            pubSub: pubSub,
            pubSubChannel: try await pubSub.collectingMember(of: "room")
        )
    }

    func stop() async {
        await core.stop()
        await pubSub.stop()
    }
}
