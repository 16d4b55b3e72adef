import Foundation
import Logging

/// What `muster serve` runs with.
struct ServeSettings: Equatable {
    /// The settings' names, as options, in the file, and, upper-cased after `MUSTER_`, in the environment.
    static let keys = [
        "host", "port", "redis", "redis-ca", "prefix", "serializer", "encryption-keys", "capacity", "channel-capacity",
        "expiry", "group-expiry", "heartbeat", "lease", "probe-interval", "leave-grace", "consumer-timeout",
        "drain-delay", "drain", "history", "inbox-limit", "media-directory", "media-limit", "media-unnamed",
        "media-lifetime", "media-types", "api-keys", "worker", "threads", "log-level",
    ]
    /// The keys that may hold more than one value.
    static let shapes: [String: SettingSources.Shape] = [
        "redis": .list, "encryption-keys": .list, "media-types": .list, "channel-capacity": .pairs, "history": .pairs,
        "api-keys": .list, "worker": .pairs,
    ]

    var host = "127.0.0.1"
    var port = 8000
    /// The addresses of the Redis hosts in the order of `channels_redis`' `hosts`; none for the in-memory layer.
    var redis: [String] = []
    /// For `rediss://`, the certificates to trust instead of the system's.
    var redisCAFile: String?
    var prefix = "asgi"
    /// `msgpack` or `json`.
    var serializer = "msgpack"
    /// The first one encrypts, all decrypt; none for messages in the clear.
    ///
    /// Not to be logged.
    var encryptionKeys: [String] = []
    /// How many messages may wait for a channel.
    var capacity = 100
    /// The capacities of channels by name; the first that matches holds.
    var channelCapacity: [ChannelCapacitySetting] = []
    /// How long a message waits at most.
    var expiry = Duration.seconds(60)
    /// How long Redis keeps a group that no process renews.
    var groupExpiry = Duration.seconds(86_400)
    /// How often the lease is renewed.
    var heartbeat = Duration.seconds(2)
    /// How long a lease is good for.
    var lease = Duration.seconds(6)
    /// How often a message of the front's own has to come back through the relay.
    var probeInterval = Duration.seconds(2)
    /// How long a person who has left a group is waited for.
    var leaveGrace = Duration.seconds(5)
    /// How long a consumer may take for one event.
    var consumerTimeout = Duration.seconds(30)
    /// How long a front that was told to stop goes on listening, so that the load balancer notices.
    var drainDelay = Duration.seconds(2)
    /// Over how long it then closes its connections.
    var drain = Duration.seconds(10)
    /// What groups keep of their messages; the first that matches holds.
    var histories = HistorySetting.defaults
    /// How many direct messages wait for a user, and for how long.
    var inbox = InboxSetting()
    /// Which uploads are taken, and where they go.
    var media = MediaSetting()
    /// What callers of the HTTP API show, any of them; none for an API that lets nobody in.
    ///
    /// Not to be logged.
    var apiKeys: [String] = []
    /// The routes that workers answer.
    var workers: [WorkerSetting] = []
    var threads = ProcessInfo.processInfo.activeProcessorCount
    var logLevel = Logger.Level.info

    init() {}

    /// Reads settings from their sources.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    init(_ sources: SettingSources) throws(SettingsError) {
        host = sources["host"]?.text ?? host
        port = try sources.integer("port", in: 0...65_535, default: port)
        redis = try sources.list("redis")
        redisCAFile = sources["redis-ca"]?.text
        prefix = sources["prefix"]?.text ?? prefix
        serializer = try sources.choice("serializer", of: ["msgpack", "json"], default: serializer)
        encryptionKeys = try sources.list("encryption-keys")
        capacity = try sources.integer("capacity", in: ChannelCapacitySetting.range, default: capacity)
        channelCapacity = try ChannelCapacitySetting.read(sources)
        expiry = .seconds(try sources.integer("expiry", in: Self.seconds, default: 60))
        groupExpiry = .seconds(try sources.integer("group-expiry", in: Self.seconds, default: 86_400))
        heartbeat = try sources.seconds("heartbeat", in: 0.1...3600, default: heartbeat)
        lease = try sources.seconds("lease", in: 0.2...7200, default: max(lease, heartbeat * 3))
        guard lease >= heartbeat * 2 else {
            let origin = sources["lease"]?.origin ?? "lease"
            throw SettingsError("\(origin): a lease lasts at least two heartbeats; one is late now and then")
        }
        probeInterval = try sources.seconds("probe-interval", in: 0.1...3600, default: probeInterval)
        leaveGrace = try sources.seconds("leave-grace", in: 0...3600, default: leaveGrace)
        consumerTimeout = try sources.seconds("consumer-timeout", in: 1...86_400, default: consumerTimeout)
        drainDelay = try sources.seconds("drain-delay", in: 0...3600, default: drainDelay)
        drain = try sources.seconds("drain", in: 0...3600, default: drain)
        histories = try HistorySetting.read(sources)
        inbox = try InboxSetting.read(sources)
        media = try MediaSetting.read(sources)
        apiKeys = try sources.list("api-keys")
        workers = try WorkerSetting.read(sources)
        threads = try sources.integer("threads", in: 1...1024, default: threads)
        guard let level = sources["log-level"] else { return }
        guard let logLevel = Logger.Level(rawValue: level.text.lowercased()) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingsError("\(level.origin): '\(level.text)' is not a log level; use one of \(levels)")
        }
        self.logLevel = logLevel
    }

    /// From a second to a year.
    private static let seconds = 1...31_536_000

    /// Reads settings from options, the environment and, if there is one, the file that either names.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(
        options: [String: String?],
        configFile: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) -> ServeSettings {
        var sources = SettingSources()
        sources.add(options: options)
        sources.add(environment: environment, keys: keys)
        if let file = configFile ?? environment["MUSTER_CONFIG"], !file.isEmpty {
            let yaml: String
            do {
                yaml = try String(contentsOfFile: file, encoding: .utf8)
            } catch {
                throw SettingsError("cannot read the configuration file \(file): \(error.localizedDescription)")
            }
            try sources.add(yaml: yaml, file: file, keys: keys, shapes: shapes)
        }
        return try ServeSettings(sources)
    }
}
