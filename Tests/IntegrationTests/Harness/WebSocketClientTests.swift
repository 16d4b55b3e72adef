import NIOCore
import NIOWebSocket
import Testing

/// The harness's WebSocket clients, against a server that is not under test.
@Suite("Harness: WebSocket clients")
struct WebSocketClientTests {
    @Test("A client reads texts in order, pings, and sees its own close code come back")
    func talks() async throws {
        let server = try await ScriptedServer.start(named: "greeting")
        let client = try await WebSocketClient.connect(server.webSocketURL)
        #expect(try await client.nextText() == "greeting")
        for number in 1...100 { try await client.send(text: "\(number)") }
        #expect(try await client.skipTexts(until: "100") == (1...99).map(String.init))
        try await client.ping("are you there")
        #expect(try await client.next() == .pong(.init(string: "are you there")))
        #expect(try await client.close(code: 4001) == CloseEvent(code: 4001, reason: ""))
        try await server.stop()
    }

    @Test("The server's close code and reason arrive, and a read after the end says how it ended")
    func seesServerClose() async throws {
        let server = try await ScriptedServer.start()
        let client = try await WebSocketClient.connect(server.webSocketURL)
        try await client.send(text: "close 4403")
        #expect(try await client.nextText() == "server")
        #expect(try await client.waitForClose() == CloseEvent(code: 4403, reason: "as asked"))
        let error = await #expect(throws: HarnessError.self) { try await client.nextText() }
        #expect(error?.description.contains("4403") == true)
        try await server.stop()
    }

    @Test("An end without a close frame is 1006")
    func seesDrop() async throws {
        let server = try await ScriptedServer.start()
        let client = try await WebSocketClient.connect(server.webSocketURL)
        #expect(try await client.nextText() == "server")
        try await server.stop()
        #expect(try await client.waitForClose() == .abnormal)
    }

    @Test("A refused upgrade tells the HTTP status, a dead port fails")
    func seesRefusal() async throws {
        let server = try await ScriptedServer.start()
        try await server.setReady(false)
        let error = await #expect(throws: HarnessError.self) {
            try await WebSocketClient.connect("\(server.webSocketURL)refuse")
        }
        #expect(error?.description.contains("HTTP 400") == true || error?.description.contains("HTTP 503") == true)
        try await server.stop()
        await #expect(throws: (any Error).self) { try await WebSocketClient.connect(server.webSocketURL) }
    }

    @Test("A read without a message ends after its time limit, and a later message is not lost")
    func readTimesOut() async throws {
        let server = try await ScriptedServer.start()
        let client = try await WebSocketClient.connect(server.webSocketURL)
        #expect(try await client.nextText() == "server")
        await #expect(throws: HarnessError.self) { try await client.nextText(timeout: .milliseconds(50)) }
        try await client.send(text: "late")
        #expect(try await client.nextText() == "late")
        try await server.stop()
    }

    @Test("More messages than the bound make the next read fail instead of growing without limit")
    func bounded() async throws {
        let server = try await ScriptedServer.start()
        var options = WebSocketClient.Options()
        options.unreadLimit = 5
        let client = try await WebSocketClient.connect(server.webSocketURL, options: options)
        for number in 1...20 { try await client.send(text: "\(number)") }
        try await eventually("a full mailbox") { try await client.unreadCount == 5 }
        try await eventually("the overflow") {
            do {
                _ = try await client.next()
                return false
            } catch HarnessError.bufferOverflow {
                return true
            }
        }
        try await server.stop()
    }

    @Test("Raw bytes and unmasked or fragmented frames go out as given")
    func sendsAnything() async throws {
        let server = try await ScriptedServer.start()
        let client = try await WebSocketClient.connect(server.webSocketURL)
        #expect(try await client.nextText() == "server")
        try await client.send(frame: WebSocketFrame(fin: true, opcode: .text, data: .init(string: "unmasked")))
        #expect(try await client.nextText() == "unmasked")
        try await client.send(rawBytes: [0x81, 0x02, 0x68, 0x69])
        #expect(try await client.nextText() == "hi")
        await client.drop()
        try await eventually("the server to notice") { try await server.connections == 0 }
        try await server.stop()
    }
}
