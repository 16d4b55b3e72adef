import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// Two Redis hosts: who is where, and what the loss of one host costs.
@Suite("Several Redis hosts")
struct SeveralHostsTests {
    @Test("Members are on the host that Channels hashes the group's name to, the relay on that of its Redis channel")
    func placement() async throws {
        try await withLayers(1, hosts: 2) { layers in
            let layer = layers[0]
            // crc32 & 0xfff of two hosts: room is on the first, its relay channel asgi__group__room on the second.
            let channel = layer.newConnectionChannel()
            try await layer.groupAdd(channel, to: "room")
            try await layer.groupAdd(channel, to: "a")
            #expect(try await layers.redis[0].cli("keys", "asgi:group:*") == "asgi:group:room")
            #expect(try await layers.redis[1].cli("keys", "asgi:group:*") == "asgi:group:a")
            #expect(try await layers.redis[1].cli("pubsub", "channels", "*room") == "asgi__group__room")
            #expect(try await layers.redis[0].cli("pubsub", "channels", "*room").isEmpty)
            // Both hosts are waited on for the mailbox, and for what the pub/sub layer sends to single channels.
            for redis in layers.redis { #expect(try await redis.cli("pubsub", "numpat") == "1") }
        }
    }

    @Test("A host's relay that is lost for a moment is a gap in the groups whose relay it is, and in no others")
    func gap() async throws {
        try await withLayers(1, hosts: 2) { layers in
            let layer = layers[0]
            let channel = layer.newConnectionChannel()
            for number in 0..<32 { try await layer.groupAdd(channel, to: GroupName("g\(number)")) }
            for (index, redis) in layers.redis.enumerated() {
                let relays = try await redis.cli("pubsub", "channels", "asgi__group__*").split(separator: "\n")
                #expect(!relays.isEmpty && relays.count < 32)
                try await redis.cli("client", "kill", "type", "pubsub")
                try await eventually("the gap is told") { layers.receiver(0).gaps.count > index }
                let told = Set(layers.receiver(0).gaps[index].map { "asgi__group__\($0)" })
                #expect(told == Set(relays.map(String.init)))
                try await eventually("ready again") { layer.readiness == .ready }
            }
            #expect(layers.receiver(0).gaps.count == 2)
        }
    }

    @Test("With one host away, groups that are on the other one go on, and the lost one's heal when it is back")
    func oneHostAway() async throws {
        try await withLayers(2, hosts: 2) { layers in
            let (first, second) = (layers[0], layers[1])
            let groups = try (0..<64).map { try GroupName("g\($0)") }
            let channel = first.newConnectionChannel()
            for group in groups { try await first.groupAdd(channel, to: group) }
            layers.redis[1].kill()
            try await eventually("both notice") { first.readiness != .ready && second.readiness != .ready }

            var alive: [GroupName] = []
            for group in groups {
                do {
                    for type in ["during", "end"] { try await second.groupSend(Message(type: type), to: group) }
                    alive.append(group)
                } catch let error as ChannelLayerError {
                    #expect(error.code == .unavailable)
                }
            }
            // Those that have members and relay on the host that is left.
            #expect((1..<64).contains(alive.count))
            for group in groups where !alive.contains(group) {
                #expect(layers.receiver(0).messages(to: group).isEmpty, "failed, and arrived all the same")
            }
            for group in alive {
                let seen = await layers.receiver(0).messages(to: group, timeout: .seconds(20)) {
                    $0.last?.type == "end"
                }
                #expect(seen.map(\.type) == ["during", "end"])
            }

            try await layers.redis[1].restart()
            try await eventually("ready again") { first.readiness == .ready && second.readiness == .ready }
            for group in groups {
                try await eventually("the member of \(group) is back") { try await first.groupCount(group) == 1 }
                for type in ["after", "last"] { try await second.groupSend(Message(type: type), to: group) }
                let seen = await layers.receiver(0).messages(to: group, timeout: .seconds(20)) {
                    $0.last?.type == "last"
                }
                #expect(seen.map(\.type).suffix(2) == ["after", "last"] && seen.count { $0.type == "after" } == 1)
            }
        }
    }
}
