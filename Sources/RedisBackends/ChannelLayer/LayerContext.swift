import ChannelLayers
import Logging
import Redis

/// What the parts of a Redis channel layer share.
struct LayerContext: Sendable {
    let hosts: RedisHosts
    let configuration: RedisChannelLayerConfiguration
    let state: LayerState
    /// Per host: wakes the loop that writes membership and counts.
    let writing: [WakeSignal]
    /// Per host: wakes the loop that keeps the relay's subscriptions.
    let subscribing: [WakeSignal]
    let logger: Logger
    let refusalLog = LogLimiter()

    /// Warns, once a minute at most.
    func warn(_ what: String, key: String, _ refusal: String) {
        guard let held = refusalLog.admit() else { return }
        logger.warning("\(what)", metadata: ["key": "\(key)", "error": "\(refusal)", "held_back": "\(held)"])
    }
}
