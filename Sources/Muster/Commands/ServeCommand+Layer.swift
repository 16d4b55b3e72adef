import ChannelLayers
import Logging
import NIOCore
import RedisBackends
import ServiceLifecycle

extension ServeCommand {
    /// The layer that the settings ask for, and what has to run for it to work.
    static func makeLayer(
        _ settings: ServeSettings,
        group: any EventLoopGroup,
        logger: Logger
    ) throws -> (any ChannelLayer, [any Service]) {
        guard !settings.redis.isEmpty else {
            logger.notice("no --redis: groups live in this process alone, other fronts do not share them")
            let layer = InMemoryChannelLayer(capacities: settings.capacities, expiry: settings.expiry)
            return (layer, [layer])
        }
        let layer = try RedisChannelLayer(
            urls: settings.redis,
            caFile: settings.redisCAFile,
            configuration: settings.layerConfiguration,
            eventLoopGroup: group,
            logger: logger
        )
        return (layer, layer.services)
    }
}
