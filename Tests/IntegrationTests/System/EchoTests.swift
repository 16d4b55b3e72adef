import NIOCore
import Testing

/// The echo over two fronts and HAProxy, at both of its paths.
@Suite("Echo")
struct EchoTests {
    @Test(
        "Text and bytes come back as they were sent, in order, to their sender alone",
        arguments: [
            "/ws/", "/md_admin/test_socket",
        ]
    )
    func echo(path: String) async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            var clients: [WebSocketClient] = []
            for _ in 0..<4 { clients.append(try await WebSocketClient.connect(balancer.webSocketURL(path))) }
            try await eventually("all are counted") { try await fronts.count("echo") == 4 }
            #expect(try await fronts.connections() == [2, 2])
            let large = [UInt8](repeating: 0xA5, count: 100_000)
            for (number, client) in clients.enumerated() {
                try await client.send(text: "hello \(number) 世界")
                try await client.send(binary: [0, 255, UInt8(number)])
                try await client.send(text: "")
                try await client.send(binary: large)
                try await client.send(text: "close")
            }
            for (number, client) in clients.enumerated() {
                #expect(try await client.next() == .text("hello \(number) 世界"))
                #expect(try await client.next() == .binary(ByteBuffer(bytes: [0, 255, UInt8(number)])))
                #expect(try await client.next() == .text(""))
                #expect(try await client.next() == .binary(ByteBuffer(bytes: large)))
                #expect(try await client.next() == .text("close"))
                #expect(try await client.unreadCount == 0)
                #expect(try await client.closeEvent == nil)
            }
        }
    }

    @Test("Redis away: who comes is answered at once, and counted when it is back")
    func redisAway() async throws {
        try await withFronts(1) { fronts in
            fronts.redis.kill()
            let client = try await WebSocketClient.connect(fronts[0].webSocketURL("/ws/"))
            try await client.send(text: "hello")
            #expect(try await client.nextText() == "hello")
            try await client.send(binary: [1])
            #expect(try await client.next() == .binary(ByteBuffer(bytes: [1])))
            try await fronts.redis.restart()
            try await eventually("it is counted", timeout: .seconds(30)) { try await fronts.count("echo") == 1 }
            #expect(try await client.closeEvent == nil)
        }
    }

    @Test("What is not UTF-8 closes with 1007, what is too large with 1009; the others go on")
    func badInput() async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            let bystander = try await WebSocketClient.connect(balancer.webSocketURL("/ws/"))
            let broken = try await WebSocketClient.connect(balancer.webSocketURL("/ws/"))
            try await broken.send(rawBytes: [0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28])
            #expect(try await broken.waitForClose().code == 1007)
            let large = try await WebSocketClient.connect(balancer.webSocketURL("/ws/"))
            try await large.send(text: String(repeating: "x", count: (1 << 20) + 1))
            #expect(try await large.waitForClose().code == 1009)
            try await bystander.send(text: "still here")
            #expect(try await bystander.nextText() == "still here")
            try await eventually("the others are counted no more") { try await fronts.count("echo") == 1 }
        }
    }
}
