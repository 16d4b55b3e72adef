import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// A member outlives the group's expiry for as long as its process lives.
@Suite("Long-lived members")
struct LongLivedMemberTests {
    @Test("An idle member is counted and reached after three times the group's expiry, while Django prunes the group")
    func idle() async throws {
        try await withTestRedis { redis in
            let django = try await DjangoLayer.start(.core, .init(hosts: [redis.url], groupExpiry: 5))
            let configuration = RedisChannelLayerConfiguration(groupExpiry: .seconds(5))
            try await withLayers(2, on: [redis], configuration) { layers in
                let idle = layers.layers.map { $0.newConnectionChannel() }
                for (layer, channel) in zip(layers.layers, idle) { try await layer.groupAdd(channel, to: "room") }
                // Nobody joins or leaves this one, and Django does not touch it: its expiry alone could end it.
                try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "quiet")
                let joined = ContinuousClock.now
                let neverHeard = try await django.newChannel()
                try await django.groupAdd(neverHeard, to: "room")
                #expect(try await layers[0].groupCount("room") == 3)

                var sent = 0
                while joined.duration(to: .now) < .seconds(16) {
                    try await django.groupSend(.numbered(sent, from: "django"), to: "room")
                    sent += 1
                    try await Task.sleep(for: .milliseconds(500))
                }
                #expect(try await layers[0].groupCount("room") == 2, "Django's member of 16 seconds ago counts as dead")
                #expect(try await layers[0].groupCount("quiet") == 1)
                try await layers[1].groupSend(Message(type: "end"), to: "room")
                try await layers[1].groupSend(Message(type: "end"), to: "quiet")
                for (index, channel) in idle.enumerated() {
                    // Django's core layer sends to each member's mailbox, Muster to the group.
                    let count = sent
                    let fromDjango = await layers.receiver(index).messages(to: channel, timeout: .seconds(20)) {
                        $0.count >= count
                    }
                    #expect(fromDjango == (0..<count).map { .numbered($0, from: "django") })
                    let seen = await layers.receiver(index).messages(to: "room", timeout: .seconds(20)) { !$0.isEmpty }
                    #expect(seen.map(\.type) == ["end"])
                }
                let seen = await layers.receiver(0).messages(to: "quiet", timeout: .seconds(20)) { !$0.isEmpty }
                #expect(seen.map(\.type) == ["end"])
            }
            await django.stop()
        }
    }
}
