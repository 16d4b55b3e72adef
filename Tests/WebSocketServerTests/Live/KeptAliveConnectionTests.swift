import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: upgrades on kept-alive connections", .timeLimit(.minutes(2)))
struct KeptAliveConnectionTests {
    @Test("a connection that served pages becomes a WebSocket that goes on for many messages")
    func pagesThenWebSocket() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.connect()
            for _ in 0..<2 {
                try await client.send(Requests.get("/healthz"))
                #expect(try await client.reply()?.body == "ok\n")
            }
            try await client.upgrade("/ws")
            for number in 0..<20 {
                try await client.send(text: "message \(number)")
                #expect(try await client.text() == "message \(number)")
            }
            try await client.send(close: .goingAway)
            #expect(try await client.closeFrame().code == .goingAway)
            try await client.end()
            #expect(try await journal.endings(1) == [.goingAway])
        }
    }

    @Test("requests, the handshake and frames may come in one segment")
    func pipelined() async throws {
        try await withFront { front in
            let client = try await front.connect()
            var bytes = ByteBuffer(
                string: Requests.get("/healthz") + Requests.get("/readyz") + Requests.webSocket("/ws")
            )
            bytes.writeImmutableBuffer(RawClient.frame(.text, "early"))
            try await client.send(bytes)
            #expect(try await client.reply()?.body == "ok\n")
            #expect(try await client.reply()?.body == "ready\n")
            #expect(try await client.reply()?.status == 101)
            #expect(try await client.text() == "early")
            for number in 0..<5 {
                try await client.send(text: "\(number)")
                #expect(try await client.text() == "\(number)")
            }
        }
    }

    @Test("a refusal comes behind the pages that were asked for before")
    func refusal() async throws {
        try await withFront { front in
            let client = try await front.connect()
            try await client.send(Requests.get("/healthz") + Requests.webSocket("/nothing"))
            #expect(try await client.reply()?.status == 200)
            #expect(try await client.reply()?.status == 404)
            try await client.end()
        }
    }

    @Test("an upgrade to another protocol is answered as a page, and the connection closed")
    func otherProtocol() async throws {
        try await withFront { front in
            let client = try await front.connect()
            try await client.send(
                Requests.get("/healthz").replacing("Host:", with: "Connection: Upgrade\r\nUpgrade: h2c\r\nHost:")
            )
            #expect(try await client.reply()?.status == 200)
            try await client.end()
        }
    }
}
