import Messages
import Testing

/// What goes wrong around a chat, and whom it concerns.
@Suite("Chat, faults")
struct ChatFaultTests {
    @Test("A front killed with -9: its people are told to have left, once each, and the counts are right")
    func killedFront() async throws {
        let quick = ["--heartbeat", "0.5", "--lease", "4", "--leave-grace", "0.2"]
        try await withBalancedFronts(2, arguments: quick) { fronts, balancer in
            let urls = fronts.fronts.map { $0.webSocketURL("/chat/") }
            let staying = try await Chatter.connect(urls[0], "name=Ann")
            // Ann has a window on either front.
            let names = ["Ann", "Bob", "Cem", "Bob"]
            var lost: [Chatter] = []
            for name in names { lost.append(try await Chatter.connect(urls[1], "name=\(name)")) }
            try await staying.waitForCount(connections: 5, people: 3)
            fronts[1].kill9()

            var left: [String] = []
            var count: MessageMap = [:]
            let end: MessageMap = ["type": "count", "connections": "1", "people": "1"]
            while left.count < 2 || count != end {
                let frame = try await staying.next("left", "count", "joined", timeout: .seconds(60))
                if frame["type"] == "count" { count = frame } else { left.append(frame["name"]?.stringValue ?? "") }
            }
            #expect(left.sorted() == ["Bob", "Cem"])
            #expect(try await fronts.count("chat.lobby") == 1)
            #expect(try await fronts.count("chat") == 1)
            for chatter in lost { #expect(try await chatter.client.waitForClose().code == 1006) }

            // Through the load balancer they come back to the front that is left, and the room goes on.
            try await balancer.waitUntilDown(front: 2)
            let back = try await Chatter.connect(balancer.webSocketURL("/chat/"), "name=Bob")
            #expect(try await staying.next("left", "joined") == ["type": "joined", "name": "Bob"])
            try await back.say("again")
            #expect(try await staying.nextText() == "again")
        }
    }

    @Test("Bad input closes its own connection with the code that says why; the room hears nothing of it")
    func badInput() async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            let url = balancer.webSocketURL("/chat/")
            let bystander = try await Chatter.connect(url, "name=Ann")
            _ = try await bystander.next("here")
            let long = String(repeating: "x", count: 256)
            for (path, code) in [
                ("/chat/a%20b/", 1008), ("/chat/%3Cb%3E/", 1008), ("/chat/\(long)/", 1008),
                ("/chat/?name=\(long)", 1008), ("/chat/?name=a%0Ab", 1008), ("/chat/?last=soon", 1008),
                ("/chat/?name=%FF", 1008), ("/chat/?last=%FF", 1008), ("/chat/%2E%2E/", 1008), ("/chat/./", 1008),
            ] as [(String, UInt16)] {
                for isStructured in [false, true] {
                    let address = balancer.webSocketURL(path)
                    let client =
                        isStructured
                        ? try await Chatter.connect(address).client : try await WebSocketClient.connect(address)
                    let closed = try await client.waitForClose()
                    #expect(closed.code == code, "\(path)")
                    #expect(!closed.reason.isEmpty)
                    #expect(try await client.unreadCount == 0)
                }
            }
            // A room that is not UTF-8 is no path that exists.
            await #expect(throws: HarnessError.self) {
                try await WebSocketClient.connect(balancer.webSocketURL("/chat/%FF/"))
            }
            for isStructured in [false, true] {
                let binary =
                    isStructured ? try await Chatter.connect(url).client : try await WebSocketClient.connect(url)
                try await binary.send(binary: [1, 2])
                #expect(try await binary.waitForClose().code == 1003)
                let broken =
                    isStructured ? try await Chatter.connect(url).client : try await WebSocketClient.connect(url)
                // A text of two bytes that are not UTF-8.
                try await broken.send(rawBytes: [0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28])
                #expect(try await broken.waitForClose().code == 1007)
            }
            let plain = try await WebSocketClient.connect(url)
            try await plain.send(text: String(repeating: "x", count: 8193))
            #expect(
                try await plain.waitForClose() == CloseEvent(code: 1009, reason: "a message has at most 8192 bytes")
            )
            let structured = try await Chatter.connect(url)
            try await structured.say(String(repeating: "x", count: 8193))
            #expect(try await structured.next("error")["text"]?.stringValue?.contains("8192") == true)

            let markup = #"<script>alert("x")</script>"#
            try await structured.say(markup)
            // The first message that the room hears of all this.
            #expect(try await structured.next("message")["text"] == .string(markup))
            #expect(try await bystander.next("message", "error", "gap")["text"] == .string(markup))
        }
    }

    @Test("Redis away: a message is an error on the structured wire, and a close with 1013 on the plain one")
    func redisAway() async throws {
        try await withFronts(2) { fronts in
            let structured = try await Chatter.connect(fronts[0].webSocketURL("/chat/"), "name=Ann")
            let plain = try await WebSocketClient.connect(fronts[1].webSocketURL("/chat/"))
            let silent = try await WebSocketClient.connect(fronts[1].webSocketURL("/chat/"))
            try await structured.waitForCount(connections: 3, people: 1)
            fronts.redis.kill()
            try await structured.say("lost")
            let error: MessageMap = ["type": "error", "text": "That was not sent. Try again in a while."]
            #expect(try await structured.next("error", timeout: .seconds(60)) == error)
            try await plain.send(text: "lost")
            #expect(try await plain.waitForClose(timeout: .seconds(60)).code == 1013)

            try await fronts.redis.restart()
            for index in 0..<2 { try await fronts[index].waitUntilReady() }
            try await eventually("all who stayed are in", timeout: .seconds(30)) {
                for client in [structured.client, silent] {
                    if let closed = try await client.closeEvent { throw HarnessError.closed(closed) }
                }
                return try await fronts.count("chat.lobby") == 2
            }
            try await structured.say("back")
            #expect(try await structured.nextText() == "back")
            #expect(try await silent.nextText() == "back")
        }
    }
}
