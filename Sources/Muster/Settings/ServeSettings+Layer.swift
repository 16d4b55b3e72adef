import Applications
import ChannelLayers
import RedisBackends
import WebSocketServer

/// The settings as a Redis channel layer and a front take them.
extension ServeSettings {
    var layerConfiguration: RedisChannelLayerConfiguration {
        RedisChannelLayerConfiguration(
            prefix: prefix,
            wire: WireFormat(
                serializer: WireFormat.Serializer(rawValue: serializer) ?? .messagePack,
                encryptionKeys: encryptionKeys
            ),
            capacities: capacities,
            expiry: expiry,
            groupExpiry: groupExpiry,
            heartbeat: heartbeat,
            lease: lease,
            probeInterval: probeInterval,
            leaveGrace: leaveGrace,
            histories: historyLimits
        )
    }

    var frontConfiguration: FrontConfiguration {
        FrontConfiguration(
            host: host,
            port: port,
            consumerTimeout: consumerTimeout,
            drainDelay: drainDelay,
            drainTime: drain
        )
    }

    var capacities: ChannelCapacities {
        ChannelCapacities(default: capacity, channelCapacity.map { (.glob($0.glob), $0.capacity) })
    }

    var inboxLimits: InboxLimits {
        InboxLimits(count: inbox.count, age: .seconds(inbox.seconds))
    }

    var historyLimits: HistoryLimits {
        HistoryLimits(
            histories.map { ($0.glob, HistoryLimit(count: $0.count, age: .seconds($0.seconds))) }
        )
    }
}
