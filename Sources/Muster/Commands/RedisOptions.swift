import ArgumentParser
import ChannelLayers
import Foundation
import Logging
import NIOPosix
import Redis
import RedisBackends

/// How the commands that ask a running system find it.
struct RedisOptions: ParsableArguments {
    @Option(help: "Redis, or several separated by commas, as for serve. (default: redis://127.0.0.1:6379)")
    var redis: String?

    @Option(help: "For rediss://, a file with the certificates to trust.")
    var redisCa: String?

    @Option(help: "What every key in Redis begins with. (default: asgi)")
    var prefix: String?

    @Option(help: "How messages are written: msgpack or json. (default: msgpack)")
    var serializer: String?

    @Option(help: "The keys that messages are encrypted with, separated by commas; better in MUSTER_ENCRYPTION_KEYS.")
    var encryptionKeys: String?

    /// A group's name from the command line, checked before anything is connected.
    static func group(_ text: String) throws(CommandFailure) -> GroupName {
        do {
            return try GroupName(text)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    /// A channel's name from the command line, checked before anything is connected.
    static func channel(_ text: String) throws(CommandFailure) -> ChannelName {
        do {
            return try ChannelName(text)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    /// The options and what the environment adds to them.
    ///
    /// - Parameter others: Further options, of one command.
    /// - Returns: The settings.
    /// - Throws: `SettingsError` that names the source of what is wrong.
    func settings(with others: [String: String?] = [:]) throws(SettingsError) -> ServeSettings {
        let options = [
            "redis": redis, "redis-ca": redisCa, "prefix": prefix, "serializer": serializer,
            "encryption-keys": encryptionKeys,
        ]
        return try ServeSettings.read(options: options.merging(others) { _, other in other }, configFile: nil)
    }

    /// Connects, does something, disconnects.
    ///
    /// A failure ends the process with status 1 and one line.
    ///
    /// - Parameters:
    ///   - others: Further options, of one command.
    ///   - body: What to do.
    /// - Returns: What `body` returns.
    /// - Throws: `CommandFailure`, and what `body` throws.
    func withRedis<Result: Sendable>(
        with others: [String: String?] = [:],
        _ body: @Sendable (RedisHosts, RedisChannelLayerConfiguration) async throws -> Result
    ) async throws -> Result {
        do {
            let settings = try settings(with: others)
            var client = RedisClientConfiguration()
            client.caFile = settings.redisCAFile
            let urls = settings.redis.isEmpty ? ["redis://127.0.0.1:6379"] : settings.redis
            let addresses = try urls.map { try RedisAddress($0) }
            let layer = settings.layerConfiguration
            return try await Self.withClients(addresses, client) { clients in
                try await body(RedisHosts(clients: clients, keys: RedisKeys(prefix: layer.prefix)), layer)
            }
        } catch let error as RedisError {
            throw CommandFailure(error.message)
        } catch let error as ChannelLayerError {
            throw CommandFailure(error.message)
        } catch let error as SettingsError {
            throw CommandFailure(error.description)
        }
    }

    static let quiet = Logger(label: "muster", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Connects to the hosts one after the other.
    private static func withClients<Result: Sendable>(
        _ addresses: [RedisAddress],
        _ configuration: RedisClientConfiguration,
        connected: [RedisClient] = [],
        _ body: @Sendable ([RedisClient]) async throws -> Result
    ) async throws -> Result {
        guard connected.count < addresses.count else { return try await body(connected) }
        return try await RedisClient.withClient(
            address: addresses[connected.count],
            configuration: configuration,
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
            logger: quiet,
            connectTimeout: .seconds(3)
        ) { client in
            try await withClients(addresses, configuration, connected: connected + [client], body)
        }
    }
}

/// What ends a command with status 1 and one line.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
