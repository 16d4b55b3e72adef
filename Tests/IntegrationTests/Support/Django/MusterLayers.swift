import ChannelLayers
import Logging
import Messages
import NIOPosix
import RedisBackends

/// A Muster layer in this process and what its channels have got.
struct MusterLayer: Sendable {
    let layer: RedisChannelLayer
    let receiver: TallyingReceiver

    /// A connection's channel in a group.
    func connectionMember(of group: GroupName) async throws -> ChannelName {
        let channel = layer.newConnectionChannel()
        receiver.expect(channel, in: group)
        try await layer.groupAdd(channel, to: group)
        return channel
    }

    /// Sends numbered messages to a group, each when the one before has been taken.
    func sendMany(_ count: Int, from sender: String, to group: GroupName) async throws {
        for number in 0..<count {
            try await layer.groupSend(.numbered(number, from: sender), to: group)
        }
    }

    /// Sends numbered messages to a channel, each when the one before has been taken.
    func sendMany(_ count: Int, from sender: String, to channel: ChannelName) async throws {
        for number in 0..<count {
            try await layer.send(.numbered(number, from: sender), to: channel)
        }
    }
}

/// Runs `body` with Muster layers that are ready, all on the same Redis hosts.
func withMusterLayers(
    _ count: Int,
    hosts: [TestRedis],
    wire: Wire = .messagePack,
    capacity: Int = 100,
    _ body: ([MusterLayer]) async throws -> Void
) async throws {
    let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let layers = try (0..<count).map { _ in
        let receiver = TallyingReceiver()
        let layer = try makeLayer(hosts: hosts.map(\.url), wire: wire, capacity: capacity, logger: quiet)
        layer.attach(receiver)
        return MusterLayer(layer: layer, receiver: receiver)
    }
    try await withRunning(layers.map(\.layer), logger: quiet) { try await body(layers) }
}

private func makeLayer(hosts: [String], wire: Wire, capacity: Int, logger: Logger) throws -> RedisChannelLayer {
    try RedisChannelLayer(
        urls: hosts,
        configuration: RedisChannelLayerConfiguration(
            wire: WireFormat(
                serializer: wire.serializer == .json ? .json : .messagePack,
                encryptionKeys: wire.encryptionKeys
            ),
            capacities: ChannelCapacities(default: capacity)
        ),
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: logger
    )
}
