import Messages
import Testing

/// Direct messages over two fronts and HAProxy.
@Suite("Direct messages")
struct DirectMessageTests {
    @Test("Both wires, on two fronts: all of a user's tabs have it, and what is told and kept agree")
    func bothWires() async throws {
        try await withFronts(2) { fronts in
            let urls = fronts.fronts.map { $0.webSocketURL("/ws/") }
            let bob = try await Chatter.connect(urls[0] + "bob/")
            let tab = try await Chatter.connect(urls[1] + "bob/")
            let ann = try await Chatter.connect(urls[1] + "ann/")
            let annsTab = try await WebSocketClient.connect(urls[0] + "ann/")
            for chatter in [bob, tab, ann] { _ = try await chatter.next("seen") }
            try await ann.say(#"{"sender": "eve", "receiver": "bob", "message": "<i>ü</i>", "receipt": true}"#)
            let accepted = try await ann.next("accepted")
            for chatter in [bob, tab] {
                let heard = try await chatter.next("message")
                #expect(heard["id"] == accepted["of"])
                #expect(heard["sender"] == "ann" && heard["message"] == "<i>ü</i>" && heard["receipt"] == true)
                #expect(try await chatter.next("unread")["counts"] == ["ann": 1])
            }
            let text = try await annsTab.nextText(timeout: .seconds(20))
            #expect(try JSON.decode(text) == ["sender": "ann", "receiver": "bob", "message": "<i>ü</i>"])
            #expect(try await fronts.redis.cli("hgetall", "asgi:unread:{bob}") == "ann\n1")
            #expect(try await fronts.redis.cli("xlen", "asgi:inbox:{bob}") == "1")

            let id = accepted["of"]?.stringValue ?? ""
            try await tab.say(#"{"type": "delivered", "ids": ["\#(id)"]}"#)
            #expect(try await ann.next("receipt")["state"] == "delivered")
            try await tab.say(#"{"type": "read", "sender": "ann", "id": "\#(id)"}"#)
            #expect(try await ann.next("receipt")["state"] == "read")
            for chatter in [bob, tab] { #expect(try await chatter.next("unread")["counts"] == [:]) }
            #expect(try await fronts.redis.cli("xlen", "asgi:inbox:{bob}") == "0")
            #expect(try await fronts.redis.cli("exists", "asgi:unread:{bob}") == "0")
            #expect(try await fronts.count("direct") == 4)
            #expect(try await fronts.redis.cli("hlen", "asgi:users:direct") == "2")

            // A plain receiver, which acknowledges nothing itself.
            try await bob.say(#"{"receiver": "ann", "message": "back"}"#)
            let back = try await annsTab.nextText(timeout: .seconds(20))
            #expect(try JSON.decode(back) == ["sender": "bob", "receiver": "ann", "message": "back"])
            try await eventually("Ann's inbox is empty") { try await fronts.redis.inboxCount("ann") == 0 }
        }
    }

    @Test("What comes while the receiver is away waits, and comes in order on whatever front")
    func offline() async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            let url = balancer.webSocketURL("/ws/")
            let first = try await Chatter.connect(url + "bob/")
            _ = try await first.next("seen")
            try await first.client.close()
            let ann = try await Chatter.connect(url + "ann/")
            _ = try await ann.next("seen")
            for number in 1...150 { try await ann.say(#"{"receiver": "bob", "message": "\#(number)"}"#) }
            for _ in 1...150 { _ = try await ann.next("accepted") }
            #expect(try await fronts.redis.cli("hget", "asgi:unread:{bob}", "ann") == "150")
            for index in [0, 1] {
                let bob = try await Chatter.connect(fronts[index].webSocketURL("/ws/bob/"))
                for number in 1...150 { #expect(try await bob.next("message")["message"] == .string("\(number)")) }
                #expect(try await bob.next("unread")["counts"] == ["ann": 150])
                try await bob.client.close()
            }
            let plain = try await WebSocketClient.connect(url + "bob/")
            for number in 1...150 { #expect(try await plain.nextText().contains(#""message": "\#(number)""#)) }
            try await eventually("all have left the inbox") { try await fronts.redis.inboxCount("bob") == 0 }
            try await plain.close()
            let again = try await Chatter.connect(url + "bob/")
            #expect(try await again.next("message", "unread")["counts"] == [:])
        }
    }

    @Test("Bad input gets an error of its own, a bad name is closed with 1008, and nobody else is touched")
    func badInput() async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            let url = balancer.webSocketURL("/ws/")
            let bystander = try await Chatter.connect(url + "bob/")
            _ = try await bystander.next("seen")
            for name in ["a%20b", "%3Cb%3E", "..", String(repeating: "x", count: 91), "online%5Fnumber", "a%0Ab"] {
                let closed = try await Chatter.connect(url + "\(name)/").client.waitForClose()
                #expect(closed.code == 1008, "\(name)")
            }
            let ann = try await Chatter.connect(url + "ann/")
            _ = try await ann.next("seen")
            let plain = try await WebSocketClient.connect(url + "ann/")
            let frames = [
                "hello", "[]", #"{"receiver": "bob"}"#, #"{"receiver": ["bob"], "message": "hi"}"#,
                #"{"receiver": "nobody", "message": "hi"}"#,
                #"{"receiver": "bob", "message": "\#(String(repeating: "x", count: 8193))"}"#,
                #"{"type": "shout"}"#, #"{"type": "ack", "ids": ["x"]}"#,
            ]
            for frame in frames {
                try await ann.say(frame)
                #expect(try await ann.next("error", "accepted")["type"] == "error", "\(frame.prefix(60))")
                try await plain.send(text: frame)
                #expect(try await plain.nextText().hasPrefix(#"{"error": "#), "\(frame.prefix(60))")
            }
            try await ann.say(#"{"receiver": "bob", "message": "good"}"#)
            #expect(try await bystander.next("message", "error", "unread")["message"] == "good")
            #expect(try await fronts.redis.inboxCount("bob") == 1)
            #expect(try await fronts.redis.cli("exists", "asgi:inbox:{nobody}") == "0")
        }
    }

    @Test("Redis away for ten seconds with messages waiting closes nobody, and all arrive afterwards")
    func awayForLong() async throws {
        try await withFronts(2) { fronts in
            let bob = try await Chatter.connect(fronts[0].webSocketURL("/ws/bob/"))
            let plain = try await WebSocketClient.connect(fronts[1].webSocketURL("/ws/bob/"))
            let ann = try await Chatter.connect(fronts[1].webSocketURL("/ws/ann/"))
            for chatter in [bob, ann] { _ = try await chatter.next("seen") }
            for number in 1...200 { try await ann.say(#"{"receiver": "bob", "message": "\#(number)"}"#) }
            _ = try await ann.next("accepted")
            fronts.redis.pause()
            // Longer than a call waits: what is under way fails, again and again.
            try await Task.sleep(for: .seconds(10))
            fronts.redis.resume()
            var count = 1
            while count < 200 {
                let frame = try await ann.next("accepted", "error", timeout: .seconds(60))
                // Bob may have it for all that: these have no client id.
                #expect(frame["type"] == "accepted" || frame["text"]?.stringValue?.hasSuffix("in a while.") == true)
                count += 1
            }
            try await ann.say(#"{"receiver": "bob", "message": "last"}"#)
            var heard: [String] = []
            while heard.last != "last" {
                heard.append(try await bob.next("message", timeout: .seconds(60))["message"]?.stringValue ?? "")
            }
            #expect(
                heard.count > 1
                    && heard.dropLast().compactMap { Int($0) } == heard.dropLast().compactMap { Int($0) }.sorted()
            )
            #expect(Set(heard).count == heard.count)
            var plainHeard: [String] = []
            while plainHeard.last != "last" {
                let frame = try JSON.decode(try await plain.nextText(timeout: .seconds(60)))
                plainHeard.append(frame.mapValue?["message"]?.stringValue ?? "")
            }
            #expect(plainHeard == heard)
            // Both tabs have all: nothing is left behind, and neither was closed.
            try await eventually("Bob's inbox is empty", timeout: .seconds(60)) {
                try await fronts.redis.inboxCount("bob") == 0
            }
            try await bob.say(#"{"receiver": "ann", "message": "back"}"#)
            #expect(try await bob.next("accepted")["receiver"] == "ann")
        }
    }

    @Test("10,000 messages between 200 users with random reconnects: all arrive, once, each sender's in order")
    func manyUsers() async throws {
        let seed = UInt64.random(in: 0...9_999_999)
        print("10,000 direct messages with seed \(seed)")
        try await withBalancedFronts(2) { fronts, balancer in
            let crowd = DirectCrowd(count: 200, servers: [balancer.webSocketURL("")])
            await crowd.run(seed: seed) {
                try await crowd.exchange(messagesEach: 50, seed: seed, droppingEvery: 100)
                try await crowd.waitUntilAllHaveAll(on: fronts.redis)
            }
            let repeats = await crowd.repeats()
            print("10,000 direct messages: \(repeats) repeats were dropped")
        }
    }
}
