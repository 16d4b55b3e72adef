import Messages
import Testing

/// The chat over two fronts and HAProxy, as its original page and its own one see it.
@Suite("Chat")
struct ChatTests {
    @Test("What one sends all in the room get, the sender too, whichever front they are on; rooms stay apart")
    func everyone() async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            var lobby: [WebSocketClient] = []
            for _ in 0..<4 { lobby.append(try await WebSocketClient.connect(balancer.webSocketURL("/chat/"))) }
            let red = try await WebSocketClient.connect(balancer.webSocketURL("/chat/red/"))
            let blue = try await WebSocketClient.connect(balancer.webSocketURL("/chat/blue/"))
            try await eventually("all are in") { try await fronts.count("chat") == 6 }
            #expect(try await fronts.connections() == [3, 3])
            #expect(try await fronts.count("chat.lobby") == 4)
            #expect(try await fronts.count("chat.red") == 1)

            for (number, sender) in lobby.enumerated() {
                for text in ["hello \(number)", "<b>\(number)</b> & 世界"] {
                    try await sender.send(text: text)
                    for client in lobby { #expect(try await client.nextText() == text) }
                }
            }
            try await red.send(text: "red only")
            #expect(try await red.nextText() == "red only")
            try await blue.send(text: "blue only")
            #expect(try await blue.nextText() == "blue only")
            for client in lobby + [red, blue] { #expect(try await client.unreadCount == 0) }
        }
    }

    @Test("The text close makes the server say that it closes as asked, and close with 1000; the others stay")
    func closing() async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            let leaving = try await WebSocketClient.connect(balancer.webSocketURL("/chat/"))
            let staying = try await WebSocketClient.connect(balancer.webSocketURL("/chat/"))
            let structured = try await Chatter.connect(balancer.webSocketURL("/chat/"), "name=Ann")
            try await eventually("all are in") { try await fronts.count("chat") == 3 }
            try await leaving.send(text: "close")
            #expect(try await leaving.nextText() == "The server closes the connection, as you asked.")
            #expect(try await leaving.waitForClose().code == 1000)
            try await structured.waitForCount(connections: 2, people: 1)
            try await structured.say("close")
            let notice: MessageMap = ["type": "notice", "text": "The server closes the connection, as you asked."]
            #expect(try await structured.next("notice") == notice)
            #expect(try await structured.client.waitForClose().code == 1000)
            try await staying.send(text: "still here")
            #expect(try await staying.nextText() == "still here")
        }
    }

    @Test("Names, people and connections are right on both fronts, as people come and go by several windows")
    func presence() async throws {
        try await withFronts(2, arguments: ["--leave-grace", "0.2"]) { fronts in
            let urls = fronts.fronts.map { $0.webSocketURL("/chat/tea/") }
            let ann = try await Chatter.connect(urls[0], "name=Ann")
            #expect(try await ann.next("here") == ["type": "here", "names": ["Ann"]])
            let bob = try await Chatter.connect(urls[1], "name=Bob")
            #expect(try await bob.names() == ["Ann", "Bob"])
            while try await ann.next("joined")["name"] != "Bob" {}
            let again = try await Chatter.connect(urls[1], "name=Ann")
            #expect(try await again.names() == ["Ann", "Bob"])
            let nobody = try await WebSocketClient.connect(urls[0])
            for chatter in [ann, bob] { try await chatter.waitForCount(connections: 4, people: 2) }

            // One of two windows closed is no leave.
            try await ann.client.close()
            try await bob.waitForCount(connections: 3, people: 2)
            try await again.client.close()
            var told = try await bob.next("joined", "left", "count")
            while told["type"] == "count" { told = try await bob.next("joined", "left", "count") }
            #expect(told == ["type": "left", "name": "Ann"])
            let last = try await Chatter.connect(urls[0])
            #expect(try await last.names() == ["Bob"])
            try await last.waitForCount(connections: 3, people: 1)
            // Clients of the plain wire hear nothing of all this.
            #expect(try await nobody.unreadCount == 0)
        }
    }

    @Test("Who comes late gets the last 50 messages in order, and then what is said, on either front and either wire")
    func lateJoiners() async throws {
        try await withFronts(2) { fronts in
            let urls = fronts.fronts.map { $0.webSocketURL("/chat/") }
            let ann = try await Chatter.connect(urls[0], "name=Ann")
            for number in 1...60 { try await ann.say("\(number)") }
            for number in 1...60 { #expect(try await ann.nextText() == "\(number)") }
            let late = try await Chatter.connect(urls[1])
            var ids: [String] = []
            for number in 11...60 {
                // Nothing comes before the history but presence and counts.
                let frame = try await late.next("message", "gap", "here")
                #expect(frame["text"] == .string("\(number)"))
                #expect(frame["name"] == "Ann")
                ids.append(try #require(frame["id"]?.stringValue))
            }
            #expect(Set(ids).count == 50)
            #expect(try await late.names() == ["Ann"])
            let plain = try await WebSocketClient.connect(urls[1])
            for number in 11...60 { #expect(try await plain.nextText() == "\(number)") }
            try await ann.say("now")
            #expect(try await late.nextText() == "now")
            #expect(try await plain.nextText() == "now")

            // Back at the other front, with the last id: what was missed, once; with an id that never was, a gap first.
            let back = try await Chatter.connect(urls[0], "last=\(ids[47])")
            for text in ["59", "60", "now"] { #expect(try await back.next("message", "gap")["text"] == .string(text)) }
            #expect(try await back.names() == ["Ann"])
            let lost = try await Chatter.connect(urls[0], "last=1-1")
            #expect(try await lost.next("message", "gap") == ["type": "gap"])
            #expect(try await lost.nextText() == "12")
        }
    }

    @Test("Who comes while people talk misses nothing from the first message on and hears nothing twice")
    func joiningWhilePeopleTalk() async throws {
        try await withFronts(2) { fronts in
            let urls = fronts.fronts.map { $0.webSocketURL("/chat/") }
            let talking = try await Chatter.connect(urls[0])
            let total = 1000
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for number in 1...total {
                        try await talking.say("\(number)")
                        // Its own messages come back: it talks no faster than the room hears.
                        #expect(try await talking.nextText() == "\(number)")
                    }
                }
                for index in 0..<20 {
                    tasks.addTask {
                        try await Task.sleep(for: .milliseconds(20 * index))
                        let late = try await Chatter.connect(urls[index % 2])
                        let first = try #require(Int(try await late.nextText() ?? ""))
                        for number in first..<total { #expect(try await late.nextText() == "\(number + 1)") }
                        try await late.client.close()
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }
}

extension Chatter {
    /// The names in the next `here`, in order.
    func names() async throws -> [String] {
        guard case .array(let names) = try await next("here")["names"] else { return [] }
        return names.compactMap(\.stringValue).sorted()
    }
}
