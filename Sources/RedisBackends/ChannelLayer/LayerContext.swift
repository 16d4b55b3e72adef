import ChannelLayers
import Logging
import Redis

/// What the parts of a Redis channel layer share.
struct LayerContext: Sendable {
    /// This run of this process, among all that share the groups.
    let name: FrontName
    let hosts: RedisHosts
    let configuration: RedisChannelLayerConfiguration
    let state: LayerState
    /// Per host: wakes the loop that writes membership and counts.
    let writing: [WakeSignal]
    /// Per host: wakes the loop that writes people.
    let attending: [WakeSignal]
    /// Per host: wakes the loop that keeps the relay's subscriptions.
    let subscribing: [WakeSignal]
    /// Per host: wakes the loop that looks for what Redis holds and should not.
    let reconciling: [WakeSignal]
    /// Per host: wakes the loop that probes the relay.
    let probing: [WakeSignal]
    /// Per host: wakes the loop that reads what the relay missed.
    let catchingUp: [WakeSignal]
    let logger: Logger
    private let limiters = Dictionary(uniqueKeysWithValues: LayerWarning.allCases.map { ($0, LogLimiter()) })

    init(name: FrontName, hosts: RedisHosts, configuration: RedisChannelLayerConfiguration, logger: Logger) {
        let signals = { hosts.clients.map { _ in WakeSignal() } }
        self.name = name
        self.hosts = hosts
        self.configuration = configuration
        self.logger = logger
        state = LayerState(hosts: hosts.clients.count, configuration: configuration)
        writing = signals()
        attending = signals()
        subscribing = signals()
        reconciling = signals()
        probing = signals()
        catchingUp = signals()
    }

    /// Warns, once a minute at most of each kind.
    func warn(_ warning: LayerWarning, key: String, _ refusal: String) {
        warn(warning, ["key": "\(key)", "error": "\(refusal)"])
    }

    /// Warns, once a minute at most of each kind.
    func warn(_ warning: LayerWarning, _ metadata: Logger.Metadata) {
        guard let held = limiters[warning]?.admit() else { return }
        logger.warning("\(warning.rawValue)", metadata: metadata.merging(["held_back": "\(held)"]) { own, _ in own })
    }
}
