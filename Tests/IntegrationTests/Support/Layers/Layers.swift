import ChannelLayers
import Logging
import MusterTesting
import NIOCore
import NIOPosix
import Redis
import RedisBackends
import ServiceLifecycle

/// Channel layers of a test's own, each as a process would have one, on one or several Redis hosts.
struct Layers: Sendable {
    let redis: [TestRedis]
    let layers: [RedisChannelLayer]
    let subject: ContractSubject

    subscript(index: Int) -> RedisChannelLayer { layers[index] }

    /// What arrived at a layer's connection channels.
    func receiver(_ index: Int) -> RecordingReceiver { subject.receivers[index] }
}

/// Runs `body` with running, ready layers on Redis hosts of their own.
func withLayers<Result>(
    _ count: Int,
    hosts: Int = 1,
    _ configuration: RedisChannelLayerConfiguration = RedisChannelLayerConfiguration(),
    _ body: (Layers) async throws -> Result
) async throws -> Result {
    try await withRedisHosts(hosts) { redis in
        try await withLayers(count, on: redis, configuration, body)
    }
}

/// Runs `body` with running, ready layers on these Redis hosts; tells meanwhile why the first is not ready.
func withLayers<Result>(
    _ count: Int,
    on redis: [TestRedis],
    _ configuration: RedisChannelLayerConfiguration = RedisChannelLayerConfiguration(),
    whileUnready: (String) -> Void = { _ in },
    _ body: (Layers) async throws -> Result
) async throws -> Result {
    let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let layers = try (0..<count).map { _ in
        try RedisChannelLayer(
            urls: redis.map(\.url),
            configuration: configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet
        )
    }
    let subject = ContractSubject(
        layers: layers,
        timeout: .seconds(30),
        queuesPerChannel: redis.count,
        leaveGrace: configuration.leaveGrace,
        carriesBytes: configuration.wire.serializer == .messagePack
    )
    return try await withRunning(layers, logger: quiet, whileUnready: whileUnready) {
        try await body(Layers(redis: redis, layers: layers, subject: subject))
    }
}

/// Runs `body` while these layers run, as soon as all are ready; tells meanwhile why the first is not.
func withRunning<Result>(
    _ layers: [RedisChannelLayer],
    logger: Logger,
    whileUnready: (String) -> Void = { _ in },
    _ body: () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for layer in layers {
            let services = ServiceGroup(services: layer.services, logger: logger)
            group.addTask { try await services.run() }
        }
        try await eventually("the layers are ready") {
            if case .notReady(let reason) = layers[0].readiness { whileUnready(reason) }
            return layers.allSatisfy { $0.readiness == .ready }
        }
        let result = try await body()
        group.cancelAll()
        return result
    }
}

/// Runs `body` with a layer that is shut down gracefully afterwards, as a process that gets SIGTERM.
func withEndingLayer(
    on redis: [TestRedis],
    _ configuration: RedisChannelLayerConfiguration,
    _ body: (RedisChannelLayer) async throws -> Void
) async throws {
    let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let layer = try RedisChannelLayer(
        urls: redis.map(\.url),
        configuration: configuration,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: quiet
    )
    let services = ServiceGroup(services: layer.services, logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        try await eventually("the layer is ready") { layer.readiness == .ready }
        try await body(layer)
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
    }
}
