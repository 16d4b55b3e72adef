import Messages
import Testing

/// Customer service over two fronts.
@Suite("Customer service")
struct SupportTests {
    private static func customer(_ name: String, _ url: String) async throws -> Chatter {
        try await Chatter.connect(url + "/support/", "name=\(name)")
    }

    private static func staff(_ name: String, _ url: String) async throws -> Chatter {
        try await Chatter.connect(url + "/support/staff/", "name=\(name)")
    }

    /// A front's or the load balancer's address, for WebSockets, without a path.
    private static func url(_ fronts: Fronts, _ index: Int) -> String { "ws://127.0.0.1:\(fronts[index].port)" }

    private static func next(
        _ client: Chatter,
        _ type: String,
        where field: String,
        is value: MessageValue
    ) async throws {
        while try await client.next(type, timeout: .seconds(60))[field] != value {}
    }

    private static func send(_ client: Chatter, _ frame: MessageMap) async throws {
        try await client.say(try JSON.encode(.map(frame)))
    }

    @Test("Places, talks, a hand-over and counts are the same on both fronts, and in Redis")
    func bothFronts() async throws {
        try await withBalancedFronts(2) { fronts, balancer in
            let through = "ws://127.0.0.1:\(balancer.port)"
            let (ann, bob) = (
                try await Self.customer("ann", Self.url(fronts, 0)), try await Self.customer("bob", Self.url(fronts, 1))
            )
            try await Self.next(ann, "waiting", where: "waiting", is: 2)
            try await Self.next(bob, "waiting", where: "place", is: 2)
            let (mia, ben) = (
                try await Self.staff("mia", Self.url(fronts, 1)), try await Self.staff("ben", Self.url(fronts, 0))
            )
            try await Self.next(mia, "queue", where: "staff", is: ["ben", "mia"])
            #expect(try await fronts.redis.cli("zcard", "asgi:{support}:waiting") == "2")
            #expect(try await fronts.redis.cli("zcard", "asgi:{support}:staff") == "2")

            try await Self.send(mia, ["type": "take"])
            #expect(try await mia.next("talk")["customer"] == "ann")
            #expect(try await ann.next("talk")["staff"] == "mia")
            try await Self.next(bob, "counts", where: "talks", is: "1")
            #expect(try await bob.next("waiting")["place"] == 1)
            #expect(try await fronts.redis.cli("hlen", "asgi:{support}:talks") == "1")

            try await Self.send(mia, ["type": "hand_over", "customer": "ann", "staff": "ben"])
            #expect(try await ben.next("talk")["customer"] == "ann")
            #expect(try await mia.next("gone")["customer"] == "ann")
            #expect(try await ann.next("talk")["staff"] == "ben")
            try await Self.send(ben, ["type": "message", "customer": "ann", "text": "hello"])
            try await Self.next(ann, "message", where: "text", is: "hello")

            // Both sides again through the load balancer, wherever that takes them.
            _ = try await ann.client.close()
            _ = try await ben.client.close()
            let again = try await Self.customer("ann", through)
            #expect(try await again.next("talk")["staff"] == "ben")
            try await Self.next(again, "message", where: "text", is: "hello")
            let back = try await Self.staff("ben", through)
            #expect(try await back.next("talk")["customer"] == "ann")
            try await Self.next(back, "message", where: "text", is: "hello")
            try await Self.send(back, ["type": "end", "customer": "ann"])
            _ = try await again.next("ended")
            #expect(try await back.next("gone")["customer"] == "ann")
            #expect(try await fronts.redis.cli("hlen", "asgi:{support}:talks") == "0")
            // The pages are beside the WebSockets.
            for path in ["/support/", "/support/staff/"] { #expect(try await balancer.get(path).status == 200) }
        }
    }

    @Test("kill -9 of the customer's front, then of the staff's: the talk goes on, with its history")
    func killedFronts() async throws {
        try await withFronts(2) { fronts in
            let ann = try await Self.customer("ann", Self.url(fronts, 0))
            _ = try await ann.next("waiting")
            let mia = try await Self.staff("mia", Self.url(fronts, 1))
            try await Self.send(mia, ["type": "take"])
            _ = try await mia.next("talk")
            _ = try await ann.next("talk")
            try await Self.send(ann, ["type": "message", "text": "one"])
            try await Self.next(mia, "message", where: "text", is: "one")

            fronts[0].kill9()
            let again = try await Self.customer("ann", Self.url(fronts, 1))
            #expect(try await again.next("talk")["staff"] == "mia")
            try await Self.next(again, "message", where: "text", is: "one")
            try await Self.send(mia, ["type": "message", "customer": "ann", "text": "two"])
            try await Self.next(again, "message", where: "text", is: "two")

            // Both are on the second front now; each comes to the first as soon as it is there again.
            try await fronts[0].restart()
            try await fronts[0].waitUntilReady()
            fronts[1].kill9()
            let customer = try await Self.customer("ann", Self.url(fronts, 0))
            let staff = try await Self.staff("mia", Self.url(fronts, 0))
            #expect(try await customer.next("talk")["staff"] == "mia")
            #expect(try await staff.next("talk")["customer"] == "ann")
            try await Self.next(staff, "message", where: "text", is: "two")
            try await Self.next(customer, "message", where: "text", is: "two")
        }
    }

    @Test(
        "A staff member whose front is killed and who does not return: the customer is told, and first again"
    )
    func staffGone() async throws {
        try await withFronts(2) { fronts in
            let (ann, bob) = (
                try await Self.customer("ann", Self.url(fronts, 0)), try await Self.customer("bob", Self.url(fronts, 0))
            )
            _ = try await bob.next("waiting")
            let mia = try await Self.staff("mia", Self.url(fronts, 1))
            try await Self.send(mia, ["type": "take", "customer": "bob"])
            _ = try await bob.next("talk")
            fronts[1].kill9()
            // In either order, and nothing but these: there is no end of the talk.
            var (isTold, isFirst) = (false, false)
            while !isTold || !isFirst {
                let frame = try await bob.next("message", "waiting", "ended", timeout: .seconds(60))
                #expect(frame["type"] != "ended")
                isTold = isTold || frame["event"] == "staff_gone"
                isFirst = isFirst || frame["place"] == 1
            }
            try await Self.next(ann, "waiting", where: "place", is: 2)
            #expect(try await fronts.redis.cli("zcard", "asgi:{support}:staff") == "0")
        }
    }

    @Test("FLUSHALL: the queue is as before, and who talked goes on")
    func flush() async throws {
        try await withFronts(2) { fronts in
            var waiting: [Chatter] = []
            for (index, name) in ["ann", "bob", "cem", "deb"].enumerated() {
                let customer = try await Self.customer(name, Self.url(fronts, index % 2))
                _ = try await customer.next("waiting")
                waiting.append(customer)
            }
            let mia = try await Self.staff("mia", Self.url(fronts, 0))
            try await Self.send(mia, ["type": "take"])
            for (index, customer) in waiting.enumerated() where index > 0 {
                try await Self.next(customer, "waiting", where: "place", is: .integer(Int64(index)))
            }
            try await fronts.redis.cli("flushall")
            try await eventually("the desk is as before", timeout: .seconds(60)) {
                let queue = try await fronts.redis.cli("zrange", "asgi:{support}:waiting", "0", "-1")
                let talks = try await fronts.redis.cli("hgetall", "asgi:{support}:talks")
                return queue == "bob\ncem\ndeb" && talks == "ann\nmia"
            }
            try await Self.send(mia, ["type": "message", "customer": "ann", "text": "still there?"])
            try await Self.next(waiting[0], "message", where: "text", is: "still there?")
            #expect(try await waiting[0].client.closeEvent == nil)
        }
    }
}
