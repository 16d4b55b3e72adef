import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Testing
import WebSocketServer

@Suite("Front: NIO's own client", .timeLimit(.minutes(2)))
struct NIOClientTests {
    private typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    @Test("the front opens, echoes and closes as another implementation of RFC 6455 expects")
    func echo() async throws {
        try await withFront { front in
            let socket = try #require(try await Self.connect(port: front.port), "the front did not upgrade")
            try await socket.executeThenClose { inbound, outbound in
                var frames = inbound.makeAsyncIterator()
                try await outbound.write(Self.frame(.text, ByteBuffer(string: "hello")))
                var reply = try #require(try await frames.next())
                #expect(reply.opcode == .text)
                #expect(reply.fin)
                #expect(String(buffer: reply.unmaskedData) == "hello")

                try await outbound.write(Self.frame(.ping, ByteBuffer(string: "?")))
                reply = try #require(try await frames.next())
                #expect(reply.opcode == .pong)

                var close = ByteBuffer()
                close.write(webSocketErrorCode: .goingAway)
                try await outbound.write(Self.frame(.connectionClose, close))
                reply = try #require(try await frames.next())
                #expect(reply.opcode == .connectionClose)
                #expect(reply.unmaskedData == close)
                #expect(try await frames.next() == nil)
            }
        }
    }

    private static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }

    /// Connects; `nil` if the server does not upgrade.
    private static func connect(port: Int) async throws -> Frames? {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let upgraded = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let upgrader = NIOTypedWebSocketClientUpgrader<Frames?> { channel, _ in
                    channel.eventLoop.makeCompletedFuture { try Frames(wrappingChannelSynchronously: channel) }
                }
                let request = HTTPRequestHead(
                    version: .http1_1,
                    method: .GET,
                    uri: "/ws",
                    headers: ["Host": "localhost"]
                )
                return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                    configuration: NIOUpgradableHTTPClientPipelineConfiguration(
                        upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                            upgradeRequestHead: request,
                            upgraders: [upgrader],
                            notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(nil) }
                        )
                    )
                )
            }
        }
        return try await upgraded.get()
    }
}
