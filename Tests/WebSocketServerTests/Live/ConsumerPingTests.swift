import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: pings of consumers", .timeLimit(.minutes(2)))
struct ConsumerPingTests {
    @Test("a ping comes behind what was sent before it, and its answer reaches the consumer")
    func answer() async throws {
        try await withFront { front in
            let client = try await front.open()
            let words = String(repeating: "x", count: 100_000)
            try await client.send(text: "ping 77 \(words)")
            #expect(try await client.text() == words)
            let ping = try #require(try await client.frame())
            #expect(ping.opcode == .ping)
            #expect(Array(ping.payload.readableBytesView) == [0, 0, 0, 0, 0, 0, 0, 77])
            // Not answered yet: what the client says meanwhile is no answer.
            try await client.send(text: "hello")
            #expect(try await client.text() == "hello")
            try await client.send(Self.pong(ping.payload))
            #expect(try await client.text() == "answered 77")
        }
    }

    @Test("pongs without a mark, such as answers to the keep-alive, are none of the consumer's business")
    func otherPongs() async throws {
        let journal = Journal()
        try await withFront(.test(pingInterval: .seconds(1)), journal: journal) { front in
            let client = try await front.open()
            let keepAlive = try #require(try await client.frame())
            #expect(keepAlive.opcode == .ping && keepAlive.payload.readableBytes == 0)
            try await client.send(Self.pong(keepAlive.payload))
            for text in ["", "1", "1234567", "123456789", String(repeating: "x", count: 125)] {
                try await client.send(RawClient.frame(.pong, text))
            }
            try await client.send(text: "last")
            var text = try #require(try await client.frame())
            while text.opcode == .ping { text = try #require(try await client.frame()) }
            #expect(String(buffer: text.payload) == "last")
            #expect(!journal.entries.contains { "\($0)".contains("answered") })
        }
    }

    @Test("a client that floods its busy consumer with pongs loses nothing, and holds up nobody else")
    func flood() async throws {
        let journal = Journal()
        let gate = Gate()
        defer { gate.open() }
        try await withFront(.test(), journal: journal, gate: gate) { front in
            let client = try await front.open("/gated")
            var burst = RawClient.frame(.text, "first")
            for _ in 0..<5000 { burst.writeImmutableBuffer(RawClient.frame(.pong, "12345678")) }
            burst.writeImmutableBuffer(RawClient.frame(.text, "behind the pongs"))
            try await client.send(burst)
            let other = try await front.open()
            try await other.send(text: "nobody else waits")
            #expect(try await other.text() == "nobody else waits")
            gate.open()
            try await eventually("all is handled") { journal.entries.contains(.text("behind the pongs")) }
        }
    }

    private static func pong(_ payload: ByteBuffer) -> ByteBuffer {
        RawClient.frame(.pong, String(buffer: payload))
    }
}
