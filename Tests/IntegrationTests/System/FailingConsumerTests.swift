import ChannelLayers
import Consumers
import Logging
import NIOCore
import NIOPosix
import RedisBackends
import ServiceLifecycle
import Testing
import WebSocketServer

/// What consumers do wrong costs their own connections, and the count is right all the same.
@Suite("Failing consumers")
struct FailingConsumerTests {
    @Test(
        "A consumer that throws, or takes too long, is closed with 1011 and its member gone",
        arguments: ["throw", "sleep", "ignore cancellation"]
    )
    func closed(how: String) async throws {
        try await withFront { front in
            let client = try await WebSocketClient.connect(front.url)
            #expect(try await client.nextText() == "joined")
            let other = try await WebSocketClient.connect(front.url)
            #expect(try await other.nextText() == "joined")
            #expect(try await front.count() == 2)
            try await client.send(text: how)
            #expect(try await client.waitForClose(timeout: .seconds(20)).code == 1011)
            try await eventually("its member is gone") { try await front.count() == 1 }
            try await other.send(text: "still here")
            #expect(try await other.nextText() == "still here")
        }
    }

    @Test("A client that does not read is closed with 1013 and its member gone, when as much waits as may")
    func cannotWrite() async throws {
        try await withFront { front in
            let client = try await WebSocketClient.connect(front.url)
            #expect(try await client.nextText() == "joined")
            #expect(try await front.count() == 1)
            try await client.setReading(false)
            try await client.send(text: "fill")
            try await eventually("its member is gone", timeout: .seconds(30)) { try await front.count() == 0 }
            #expect(try await client.closeEvent == nil)
            try await client.setReading(true)
            #expect(try await client.waitForClose(timeout: .seconds(30)).code == 1013)
        }
    }

    @Test("A client that resets while it is written to is a member no more")
    func reset() async throws {
        try await withFront { front in
            let client = try await WebSocketClient.connect(front.url)
            #expect(try await client.nextText() == "joined")
            #expect(try await front.count() == 1)
            try await client.setReading(false)
            try await client.send(text: "trickle")
            try await client.reset()
            try await eventually("its member is gone") { try await front.count() == 0 }
        }
    }

    /// A front in this process, on a Redis of its own.
    private struct FrontHere {
        let url: String
        let redis: TestRedis

        func count() async throws -> Int? { Int(try await redis.cli("zcard", "asgi:group:room")) }
    }

    private func withFront(_ body: (FrontHere) async throws -> Void) async throws {
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        try await withTestRedis { redis in
            let layer = try RedisChannelLayer(
                urls: [redis.url],
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: quiet
            )
            var consumers = ConsumerRouter()
            try consumers.add("/room/") { _ in TroubledConsumer() }
            let (ports, listening) = AsyncStream.makeStream(of: Int.self)
            let front = Front(
                // Who does not read cannot answer a close frame either.
                configuration: FrontConfiguration(port: 0, closeTimeout: .seconds(60), consumerTimeout: .seconds(1)),
                layer: layer,
                consumers: consumers,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: quiet,
                onListening: { listening.yield($0.port ?? 0) }
            )
            let services = ServiceGroup(services: layer.services + [front], logger: quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { listening.finish() }
                    try await services.run()
                }
                var port = 0
                for await bound in ports {
                    port = bound
                    break
                }
                try await eventually("the layer is ready") { layer.readiness == .ready }
                let result: Result<Void, any Error>
                do {
                    result = .success(try await body(FrontHere(url: "ws://127.0.0.1:\(port)/room/", redis: redis)))
                } catch {
                    result = .failure(error)
                }
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                try result.get()
            }
        }
    }
}

/// Does what it is told, well or badly.
private struct TroubledConsumer: Consumer {
    private struct Trouble: Error {}

    func connected(_ connection: Connection) async throws {
        try await connection.join("room")
        connection.send(.text("joined"))
    }

    func received(_ text: String, on connection: Connection) async throws {
        switch text {
        case "throw":
            throw Trouble()
        case "sleep":
            try await Task.sleep(for: .seconds(600))
        case "ignore cancellation":
            let nap = Task { try await Task.sleep(for: .seconds(20)) }
            try await nap.value
        case "fill":
            // More than the kernel keeps for both ends of a loopback connection with the outbound limit on top.
            for _ in 0..<2000 { connection.send(.text(String(repeating: "x", count: 16_384))) }
        case "trickle":
            for _ in 0..<64 {
                connection.send(.text(String(repeating: "x", count: 10_000)))
                try await Task.sleep(for: .milliseconds(5))
            }
        default:
            connection.send(.text(text))
        }
    }
}
