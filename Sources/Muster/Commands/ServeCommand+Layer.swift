import ChannelLayers
import Logging
import NIOCore
import RedisBackends
import ServiceLifecycle

extension ServeCommand {
    /// The layer that the settings ask for, what has to run for it to work, and how to have its shutdown wait for nobody.
    static func makeLayer(
        _ settings: ServeSettings,
        group: any EventLoopGroup,
        running: RunningFront,
        logger: Logger
    ) throws -> (any ChannelLayer, [any Service], hurry: @Sendable () -> Void) {
        guard !settings.redis.isEmpty else {
            logger.notice("no --redis: groups live in this process alone, other fronts do not share them")
            let layer = InMemoryChannelLayer(
                capacities: settings.capacities,
                expiry: settings.expiry,
                leaveGrace: settings.leaveGrace,
                histories: settings.historyLimits
            )
            return (layer, [layer], {})
        }
        var configuration = settings.layerConfiguration
        configuration.details = { running.details }
        let layer = try RedisChannelLayer(
            urls: settings.redis,
            caFile: settings.redisCAFile,
            configuration: configuration,
            eventLoopGroup: group,
            logger: logger
        )
        return (layer, layer.services, { layer.hurry() })
    }
}
