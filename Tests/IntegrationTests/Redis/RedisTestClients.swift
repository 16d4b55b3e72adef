import Logging
import NIOCore
import NIOPosix
import Redis
import Synchronization

/// A logger that keeps tests quiet.
let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a client that is connected, and shuts the client down.
func withRedisClient<Result>(
    _ url: String,
    configuration: RedisClientConfiguration = .init(),
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    try await RedisClient.withClient(
        address: RedisAddress(url),
        configuration: configuration,
        eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
        logger: silentLogger,
        connectTimeout: .seconds(20),
        body
    )
}

/// Runs `body` with a client whose `run()` has been called; whether it can connect is the test's business.
func withUnconnectedClient<Result>(
    _ url: String,
    configuration: RedisClientConfiguration = .init(),
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    let client = RedisClient(
        address: try RedisAddress(url),
        configuration: configuration,
        eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
        logger: silentLogger
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        let result = try await body(client)
        group.cancelAll()
        return result
    }
}

/// Runs `body` with a subscriber whose `run()` has been called, and a record of what it received.
func withRedisSubscriber<Result>(
    _ url: String,
    configuration: RedisClientConfiguration = .init(),
    _ body: (RedisSubscriber, PublicationLog) async throws -> Result
) async throws -> Result {
    let log = PublicationLog()
    let subscriber = RedisSubscriber(
        address: try RedisAddress(url),
        configuration: configuration,
        eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
        logger: silentLogger,
        onPublication: { log.append($0) },
        onInterruption: { log.append($0) }
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await subscriber.run() }
        let result = try await body(subscriber, log)
        group.cancelAll()
        return result
    }
}

/// What a subscriber received, in order.
final class PublicationLog: Sendable {
    private let publications = Mutex<[RedisPublication]>([])
    private let events = Mutex<[String]>([])

    func append(_ publication: RedisPublication) {
        publications.withLock { $0.append(publication) }
        events.withLock { $0.append(String(decoding: publication.payload, as: UTF8.self)) }
    }

    func append(_ interruption: RedisInterruption) {
        events.withLock { $0.append("\(interruption)") }
    }

    /// The publications' texts and the breaks between them, in order.
    var withInterruptions: [String] { events.withLock { $0 } }

    var all: [RedisPublication] { publications.withLock { $0 } }
    var texts: [String] { all.map { String(decoding: $0.payload, as: UTF8.self) } }

    /// Waits until this text has been received.
    func wait(for text: String) async throws {
        try await eventually("the publication \(text)") { texts.contains(text) }
    }
}

extension AsyncStream<RedisConnectionStatus> {
    /// The status, or the change of it, that comes next.
    func next() async -> RedisConnectionStatus? {
        for await status in self { return status }
        return nil
    }

    /// Skips to the next `.ready`; returns whether there was one.
    func nextReady() async -> Bool {
        for await status in self where status == .ready { return true }
        return false
    }

    /// Skips to the next loss and returns its reason.
    func nextLoss() async -> RedisError? {
        for await status in self {
            if case .unavailable(let error) = status { return error }
        }
        return nil
    }
}

extension RedisClient {
    /// Sends one command.
    func ask(_ name: String, _ arguments: RedisArgument...) async throws -> RedisReply {
        try await send(RedisCommand(name, arguments))
    }
}
