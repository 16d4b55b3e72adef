import ChannelLayers
import Messages
import RedisBackends
import Testing

/// What is sent to single channels between Django and Muster, on one to three Redis hosts.
///
/// With several hosts Django's core layer writes where the hash of the whole name points, which is not where it reads;
/// there are enough channels here for that to show.
@Suite("Direct sends between Django and Muster")
struct DirectSendTests {
    private static let channels = 10
    private static let perChannel = 100

    @Test("1,000 from each of Django's layers to connections of Muster", arguments: 1...3)
    func toMuster(hosts: Int) async throws {
        try await withRedisHosts(hosts) { redis in
            let configuration = DjangoLayer.Configuration(hosts: redis.map(\.url), capacity: 5000)
            let core = try await DjangoLayer.start(.core, configuration)
            let pubSub = try await DjangoLayer.start(.pubSub, configuration)
            try await withMusterLayers(1, hosts: redis, capacity: 5000) { layers in
                let members = (0..<Self.channels).map { _ in layers[0].layer.newConnectionChannel() }
                // A pub/sub message needs a subscription, which the first join brings about.
                try await layers[0].layer.groupAdd(members[0], to: "room")
                for member in members {
                    let target = DjangoLayer.Target.channel(member.rawValue)
                    async let fromCore = core.sendMany(Self.perChannel, from: "core", to: target)
                    async let fromPubSub = pubSub.sendMany(Self.perChannel, from: "pubsub", to: target)
                    _ = try await (fromCore, fromPubSub)
                }
                let whole = SequenceSummary.whole(Self.perChannel)
                let expected = ChannelSummary(senders: ["core": whole, "pubsub": whole])
                for member in members {
                    #expect(try await layers[0].receiver.collected(member, count: expected.count) == expected)
                }
            }
            await core.stop()
            await pubSub.stop()
        }
    }

    @Test("1,000 from Muster to channels of each of Django's layers", arguments: 1...3)
    func toDjango(hosts: Int) async throws {
        try await withRedisHosts(hosts) { redis in
            let configuration = DjangoLayer.Configuration(hosts: redis.map(\.url), capacity: 5000)
            for kind in DjangoLayer.Kind.allCases {
                let django = try await DjangoLayer.start(kind, configuration)
                var channels: [ChannelName] = []
                for _ in 0..<Self.channels {
                    channels.append(try ChannelName(await django.newChannel()))
                    try await django.startCollecting(channels[channels.count - 1].rawValue)
                }
                try await withMusterLayers(1, hosts: redis, capacity: 5000) { layers in
                    for channel in channels {
                        try await layers[0].sendMany(Self.perChannel, from: "muster", to: channel)
                    }
                }
                let expected = ChannelSummary(senders: ["muster": .whole(Self.perChannel)])
                for channel in channels {
                    let summary = try await django.collected(channel.rawValue, count: expected.count)
                    #expect(summary == expected, "\(kind)")
                }
                await django.stop()
            }
        }
    }

    @Test("Between Muster and Django in JSON and with encryption", arguments: Wire.all)
    func everyWire(wire: Wire) async throws {
        try await withTestRedis { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: [redis.url], wire: wire))
            try await withMusterLayers(1, hosts: [redis], wire: wire) { layers in
                let layer = layers[0].layer
                let fields: MessageMap = ["text": "Zoë 🦊", "list": [1, -2.5, nil, true], "map": ["a": ["b": "c"]]]
                let message = Message(type: "every.kind", fields)
                let name = try await core.newChannel()
                try await layer.send(message, to: ChannelName(name))
                #expect(try await core.receive(name) == message)
                let channel = layer.newChannel()
                try await core.send(message, to: channel.rawValue)
                #expect(try await layer.receive(channel) == message)
            }
            await core.stop()
        }
    }
}
