import Applications
import ArgumentParser
import ChannelLayers
import Consumers
import CoreMetrics
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import WebSocketServer

/// `muster serve`: one front.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run one front: pages and WebSockets on one port.",
        discussion: "Options win over MUSTER_… environment variables, and these over the configuration file."
    )

    @Option(help: "The address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one. (default: 8000)")
    var port: String?

    @Option(
        help: """
            Redis: redis://user:password@host:port/db, rediss://… or unix:///path; several separated by commas, in the \
            order of channels_redis' hosts. Without it, one front alone.
            """
    )
    var redis: String?

    @Option(help: "For rediss://, a file with the certificates to trust.")
    var redisCa: String?

    @Option(help: "What every key in Redis begins with. (default: asgi)")
    var prefix: String?

    @Option(help: "How messages are written: msgpack or json. (default: msgpack)")
    var serializer: String?

    @Option(
        help: """
            The keys that messages are encrypted with, separated by commas; the first encrypts. Better in \
            MUSTER_ENCRYPTION_KEYS or the file, since everyone on this machine may read a command line.
            """
    )
    var encryptionKeys: String?

    @Option(help: "How many messages may wait for a channel, 1 to 1000000. (default: 100)")
    var capacity: String?

    @Option(help: "Another capacity for some channels, glob=number; repeatable, the first that matches holds.")
    var channelCapacity: [String] = []

    @Option(help: "How many seconds a message may wait. (default: 60)")
    var expiry: String?

    @Option(help: "How many seconds Redis keeps a group that no process renews. (default: 86400)")
    var groupExpiry: String?

    @Option(help: "Every how many seconds the front renews its lease. (default: 2)")
    var heartbeat: String?

    @Option(help: "After how many silent seconds the others remove a front's members. (default: 6)")
    var lease: String?

    @Option(help: "Every how many seconds the front checks that messages reach it. (default: 2)")
    var probeInterval: String?

    @Option(help: "How many seconds a person who left is waited for before a group is told. (default: 5)")
    var leaveGrace: String?

    @Option(help: "How many seconds a consumer may take for one event. (default: 30)")
    var consumerTimeout: String?

    @Option(help: "How many seconds a front that is told to stop goes on listening. (default: 2)")
    var drainDelay: String?

    @Option(help: "Over how many seconds it then closes its connections. (default: 10)")
    var drain: String?

    @Option(
        help: """
            What groups keep of their messages, glob=count/seconds; repeatable, the first that matches holds, then \
            the defaults; none alone keeps nothing. (defaults: chat.*=50/86400, message.*=200/604800, \
            sent.*=200/604800, receipt.*=200/604800, support.talk.*=500/2592000, which are the transcripts of \
            customer service)
            """
    )
    var history: [String] = []

    @Option(
        help: "How many direct messages wait for a user, and how many seconds: count/seconds. (default: 1000/2592000)"
    )
    var inboxLimit: String?

    @Option(help: "The directory for uploaded files, shared by all fronts. Without it, no uploads.")
    var mediaDirectory: String?

    @Option(help: "The largest upload, in bytes. (default: 16777216)")
    var mediaLimit: String?

    @Option(help: "How many seconds a file is kept that nobody names in a message. (default: 86400)")
    var mediaUnnamed: String?

    @Option(help: "How many seconds a file is kept after it was last named in a message. (default: 2592000)")
    var mediaLifetime: String?

    @Option(
        help: """
            Globs of the types that may be uploaded, separated by commas. \
            (default: image/*,audio/*,video/*,application/pdf,text/plain)
            """
    )
    var mediaTypes: String?

    @Option(
        help: """
            The keys of the HTTP API, separated by commas. Better in MUSTER_API_KEYS or the file, since everyone on this \
            machine may read a command line. Without one the API refuses all.
            """
    )
    var apiKeys: String?

    @Option(help: "A WebSocket path that workers answer, and their channel: /path/<argument>/=channel; repeatable.")
    var worker: [String] = []

    @Option(help: "How many event loops. (default: one per core)")
    var threads: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Option(help: "A YAML file with any of these settings.")
    var config: String?

    func run() async throws {
        let settings = try readSettings()
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        var logger = Logger(label: "muster")
        logger.logLevel = settings.logLevel
        try await Self.serve(settings, metrics: metrics, logger: logger)
    }

    private func readSettings() throws -> ServeSettings {
        let settings: ServeSettings
        do {
            settings = try ServeSettings.read(
                options: [
                    "host": host, "port": port, "redis": redis, "redis-ca": redisCa, "prefix": prefix,
                    "serializer": serializer, "encryption-keys": encryptionKeys, "capacity": capacity,
                    "channel-capacity": Self.joined(channelCapacity), "expiry": expiry, "group-expiry": groupExpiry,
                    "heartbeat": heartbeat, "lease": lease, "probe-interval": probeInterval, "leave-grace": leaveGrace,
                    "consumer-timeout": consumerTimeout, "drain-delay": drainDelay, "drain": drain,
                    "history": Self.joined(history), "inbox-limit": inboxLimit,
                    "media-directory": mediaDirectory, "media-limit": mediaLimit, "media-unnamed": mediaUnnamed,
                    "media-lifetime": mediaLifetime, "media-types": mediaTypes, "api-keys": apiKeys,
                    "worker": Self.joined(worker), "threads": threads, "log-level": logLevel,
                ],
                configFile: config
            )
        } catch {
            throw ValidationError(error.description)
        }
        if let worker = settings.workers.first, settings.redis.isEmpty {
            throw ValidationError("the workers of \(worker.pattern) are reached through Redis; set --redis too")
        }
        do {
            let logger = Logger(label: "muster")
            let stores = try Stores(beside: InMemoryChannelLayer(), ServeSettings(), logger: logger)
            _ = try Systems.consumers(workers: settings.workers, stores: stores, logger: logger)
        } catch {
            throw ValidationError("--worker: \(error)")
        }
        return settings
    }

    /// A repeated option as one text; `nil` if it was not given.
    private static func joined(_ values: [String]) -> String? {
        values.isEmpty ? nil : values.joined(separator: ",")
    }

    private static func serve(_ settings: ServeSettings, metrics: PrometheusMetrics, logger: Logger) async throws {
        // First of all: whatever the start has come to, a signal ends it.
        let signals = await StopSignals(logger: logger)
        ResourceLimits.raiseOpenFiles(logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads)
        let running = RunningFront()
        let (layer, layerServices, hurryLayer) = try makeLayer(settings, group: group, running: running, logger: logger)
        let stores = try Stores(beside: layer, settings, logger: logger)
        let front = Front(
            configuration: settings.frontConfiguration,
            layer: layer,
            consumers: try Systems.consumers(workers: settings.workers, stores: stores, logger: logger),
            eventLoopGroup: group,
            logger: logger,
            onListening: { address in
                running.listens(host: settings.host, port: address.port ?? settings.port)
                // Standard output may be a pipe: whoever waits for this line must not wait for a full buffer.
                print("muster: listening on http://\(settings.host):\(address.port ?? settings.port)")
                fflush(nil)
            },
            routes: { router in
                Systems.addRoutes(to: router, layer: layer, stores: stores, apiKeys: settings.apiKeys, logger: logger)
                metrics.addRoute(to: router)
            }
        )
        running.hold(front)
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: layerServices
                    + Systems.services(layer: layer, stores: stores, expiry: settings.expiry, logger: logger) + [front],
                logger: logger
            )
        )
        do {
            try await signals.run(services) {
                front.hurry()
                hurryLayer()
            }
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw CommandFailure(
                "cannot listen on \(settings.host):\(settings.port): \(reason); choose another --host or --port"
            )
        }
        try await group.shutdownGracefully()
    }
}
