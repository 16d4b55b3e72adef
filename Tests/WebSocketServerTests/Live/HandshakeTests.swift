import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: opening handshakes", .timeLimit(.minutes(2)))
struct HandshakeTests {
    @Test("frames in the same segment as the handshake are not lost")
    func framesBehindHandshake() async throws {
        try await withFront { front in
            let client = try await front.connect()
            var bytes = ByteBuffer(string: Requests.webSocket("/ws"))
            bytes.writeImmutableBuffer(RawClient.frame(.text, "early"))
            bytes.writeImmutableBuffer(RawClient.frame(.ping, "bird"))
            try await client.send(bytes)
            #expect(try await client.reply()?.status == 101)
            #expect(try await client.text() == "early")
            #expect(try await client.frame() == Frame(.pong, Array("bird".utf8)))
            try await client.send(text: "late")
            #expect(try await client.text() == "late")
        }
    }

    @Test("a handshake in many pieces is a handshake")
    func pieces() async throws {
        try await withFront { front in
            let client = try await front.connect()
            try await client.channel.setOption(.tcpOption(.tcp_nodelay), value: 1).get()
            for byte in Requests.webSocket("/ws").utf8 { try await client.send(ByteBuffer(bytes: [byte])) }
            #expect(try await client.reply()?.status == 101)
            try await client.send(text: "here")
            #expect(try await client.text() == "here")
        }
    }

    @Test(
        "what is no handshake is answered and the connection closed",
        arguments: [
            (Requests.webSocket("/nothing"), 404, "no WebSocket"),
            (Requests.get("/ws"), 426, "WebSocket only"),
            (Requests.webSocket("/ws", version: "8"), 426, "version 13"),
            (Requests.webSocket("/ws").replacing("Sec-WebSocket-Key", with: "X-Key"), 400, "Sec-WebSocket-Key"),
            (Requests.webSocket("/ws").replacing("GET", with: "POST"), 405, "GET"),
            (Requests.webSocket("/ws").replacing("HTTP/1.1", with: "HTTP/1.0"), 400, "HTTP/1.1"),
            ("\u{16}\u{03}\u{01} this is not HTTP\r\n\r\n", 400, "not HTTP"),
        ]
    )
    func refusals(request: String, status: Int, text: String) async throws {
        try await withFront { front in
            let client = try await front.connect()
            try await client.send(request)
            let reply = try #require(try await client.reply())
            #expect(reply.status == status)
            #expect(reply.body.contains(text))
            if status == 426 { #expect(reply.fields["sec-websocket-version"] == "13") }
            try await client.end()
        }
    }

    @Test("beside a page only handshakes are for the WebSocket, and all else is for the HTTP routes")
    func besidePage() async throws {
        let journal = Journal()
        let addBoth: (inout ConsumerRouter) throws -> Void = { router in
            try router.add("/both/", isBesidePage: true) { _ in ScriptedConsumer(journal: journal) }
        }
        try await withFront(routes: addBoth) { front in
            // The front of this test has no page there: the routes say so.
            for (path, status) in [("/both/", 404), ("/ws", 426)] {
                let client = try await front.connect()
                try await client.send(Requests.get(path))
                #expect(try await client.reply()?.status == status)
            }
            let client = try await front.open("/both/")
            try await client.send(text: "here")
            #expect(try await client.text() == "here")
        }
    }

    @Test("a handshake that announces a body is refused before the body comes")
    func body() async throws {
        try await withFront { front in
            let client = try await front.connect()
            try await client.send(Requests.webSocket("/ws").replacing("Host:", with: "Content-Length: 1000\r\nHost:"))
            #expect(try await client.reply()?.status == 400)
            try await client.end()
        }
    }

    @Test(
        "a client that does not finish its first request in time is closed",
        arguments: ["", "GET /ws HT", String(Requests.webSocket("/ws").dropLast(2))]
    )
    func slowHandshake(beginning: String) async throws {
        try await withFront(.test(handshakeTimeout: .seconds(1))) { front in
            let client = try await front.connect()
            if !beginning.isEmpty { try await client.send(beginning) }
            try await client.end()
        }
    }

    @Test("the time for the handshake does not count for what it opened")
    func handshakeTimeIsOver() async throws {
        try await withFront(.test(handshakeTimeout: .seconds(1))) { front in
            let client = try await front.open()
            try await front.connect().end()
            try await client.send(text: "still here")
            #expect(try await client.text() == "still here")
        }
    }
}
