import ChannelLayers
import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: keep-alive", .timeLimit(.minutes(2)))
struct KeepAliveTests {
    @Test("a silent client is pinged; one that answers stays, one that does not is dropped")
    func silence() async throws {
        let journal = Journal()
        try await withFront(.test(pingInterval: .seconds(1)), journal: journal) { front in
            let answering = try await front.open()
            let dead = try await front.open(in: "room")
            for _ in 0..<4 {
                let ping = try #require(try await answering.frame())
                #expect(ping.opcode == .ping)
                try await answering.send(RawClient.frame(.pong, String(buffer: ping.payload)))
            }
            #expect(try await dead.frame()?.opcode == .ping)
            try await dead.end()
            #expect(try await journal.endings(1) == [.abnormal])
            #expect(try await front.layer.groupCount("room") == 0)
            try await answering.send(text: "still here")
            #expect(try await Self.textBehindPings(answering) == "still here")
        }
    }

    @Test("a connection that has just been opened is not asked for a sign of life")
    func fresh() async throws {
        try await withFront(.test(handshakeTimeout: .seconds(1))) { front in
            var clients: [RawClient] = []
            for _ in 0..<12 { clients.append(try await front.open()) }
            // Closed by the clock that also pings, at its first or second stroke.
            var silent: [RawClient] = []
            for _ in 0..<12 { silent.append(try await front.connect()) }
            for client in silent { try await client.end() }
            for client in clients {
                try await client.send(text: "hello")
                #expect(try await client.text() == "hello")
            }
        }
    }

    @Test("a client whose consumer is busy is not dropped for being silent, because it is not read")
    func busyConsumer() async throws {
        let journal = Journal()
        let gate = Gate()
        defer { gate.open() }
        try await withFront(
            .test(pingInterval: .seconds(1)),
            journal: journal,
            gate: gate
        ) { front in
            let waiting = try await front.open("/gated")
            var burst = ByteBuffer()
            for number in 0..<200 { burst.writeImmutableBuffer(RawClient.frame(.text, "\(number)")) }
            try await waiting.send(burst)
            // Counts the seconds: its pings come from the same clock, one a second.
            let witness = try await front.open()
            for _ in 0..<3 {
                let ping = try #require(try await witness.frame())
                try await witness.send(RawClient.frame(.pong, String(buffer: ping.payload)))
            }
            gate.open()
            try await eventually("all is handled") { journal.entries.filter { $0 != .connected }.count >= 200 }
            #expect(journal.entries.filter { $0 != .connected } == (0..<200).map { .text("\($0)") })
        }
    }

    private static func textBehindPings(_ client: RawClient) async throws -> String {
        while let frame = try await client.frame() {
            if frame.opcode != .ping { return String(buffer: frame.payload) }
        }
        throw TestFailure("the server has closed")
    }
}
