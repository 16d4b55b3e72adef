import ArgumentParser
import ChannelLayers
import Foundation
import Logging
import NIOPosix
import Redis
import RedisBackends

/// How the commands that ask a running system find it.
struct RedisOptions: ParsableArguments {
    @Option(help: "Redis, as for serve. (default: redis://127.0.0.1:6379)")
    var redis: String?

    @Option(help: "For rediss://, a file with the certificates to trust.")
    var redisCa: String?

    @Option(help: "What every key in Redis begins with. (default: asgi)")
    var prefix: String?

    /// A group's name from the command line, checked before anything is connected.
    static func group(_ text: String) throws(CommandFailure) -> GroupName {
        do {
            return try GroupName(text)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    /// Connects, does something, disconnects.
    ///
    /// A failure ends the process with status 1 and one line.
    func withRedis<Result: Sendable>(
        _ body: @Sendable (RedisClient, RedisKeys) async throws -> Result
    ) async throws -> Result {
        do {
            let settings = try ServeSettings.read(
                options: ["redis": redis, "redis-ca": redisCa, "prefix": prefix],
                configFile: nil
            )
            var configuration = RedisClientConfiguration()
            configuration.caFile = settings.redisCAFile
            let keys = RedisKeys(prefix: settings.prefix)
            return try await RedisClient.withClient(
                address: try RedisAddress(settings.redis ?? "redis://127.0.0.1:6379"),
                configuration: configuration,
                eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
                logger: Logger(label: "muster", factory: { _ in SwiftLogNoOpLogHandler() }),
                connectTimeout: .seconds(3)
            ) { try await body($0, keys) }
        } catch let error as RedisError {
            throw CommandFailure(error.message)
        } catch let error as ChannelLayerError {
            throw CommandFailure(error.message)
        } catch let error as SettingsError {
            throw CommandFailure(error.description)
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
