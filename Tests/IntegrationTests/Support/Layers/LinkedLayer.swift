import ChannelLayers
import MusterTesting
import NIOPosix
import RedisBackends

/// A channel layer whose way to Redis can be made to fail.
struct LinkedLayer: Sendable {
    let layer: RedisChannelLayer
    let receiver = RecordingReceiver()
    let redis: TestRedis
    let link: FaultyLink

    /// Why the layer is not ready; `nil` if it is.
    var reason: String? {
        if case .notReady(let reason) = layer.readiness { reason } else { nil }
    }

    /// Waits until the layer is not ready, for a reason with these words.
    func waitUntilUnready(_ words: String) async throws {
        var last: String?
        do {
            try await eventually("readiness says \(words)", timeout: .seconds(30)) {
                last = reason ?? last
                return reason?.contains(words) == true
            }
        } catch HarnessError.timedOut(let what, let duration, _) {
            throw HarnessError.timedOut(waitingFor: what, after: duration, detail: "it said: \(last ?? "ready")")
        }
    }

    /// Waits until the layer is ready.
    func waitUntilReady() async throws {
        try await eventually("the layer is ready, \(reason ?? "")", timeout: .seconds(30)) { reason == nil }
    }
}

/// Runs `body` with a running, ready layer behind a faulty link.
func withLinkedLayer<Result>(
    _ configuration: RedisChannelLayerConfiguration = RedisChannelLayerConfiguration(),
    redis arguments: [String] = [],
    _ body: (LinkedLayer) async throws -> Result
) async throws -> Result {
    try await withTestRedis(arguments: arguments) { redis in
        try await withFaultyLink(to: redis.port) { link in
            let layer = try RedisChannelLayer(
                urls: [link.url],
                configuration: configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: silentLogger
            )
            let linked = LinkedLayer(layer: layer, redis: redis, link: link)
            layer.attach(linked.receiver)
            return try await withRunning([layer], logger: silentLogger) { try await body(linked) }
        }
    }
}
