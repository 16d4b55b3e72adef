import ChannelLayers
import RedisBackends

/// The settings as a Redis channel layer takes them.
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
            groupExpiry: groupExpiry
        )
    }

    var capacities: ChannelCapacities {
        ChannelCapacities(default: capacity, channelCapacity.map { (.glob($0.glob), $0.capacity) })
    }
}
