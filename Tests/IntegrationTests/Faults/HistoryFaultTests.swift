import MusterTesting
import Testing

/// What was sent while a client was away arrives when it is back, whatever happened meanwhile; or the client is told.
@Suite("History through faults")
struct HistoryFaultTests {
    private static let arguments = MusterFront.notificationArguments

    @Test("50 messages while the client is away and its front is killed: all 50 from the other front, once, in order")
    func killedFront() async throws {
        try await withFronts(2, arguments: Self.arguments) { fronts in
            var client = NotificationClient("ann")
            try await client.connect(fronts[1].webSocketOrigin)
            #expect(try await client.next().type == "position")
            try await fronts[0].notify("ann", "before")
            #expect(try await client.next().text == "before")

            await client.drop()
            for number in 0..<50 {
                if number == 25 { fronts[1].kill9() }
                try await fronts[0].notify("ann", "\(number)")
            }
            try await client.connect(fronts[0].webSocketOrigin)
            let frames = try await client.next(50)
            #expect(frames.map(\.text) == (0..<50).map { "\($0)" })
            #expect(frames.allSatisfy { $0.type == "message" && $0.id != nil })
            // Nothing behind them, and nothing twice: the next is a new one.
            try await fronts[0].notify("ann", "after")
            #expect(try await client.next().text == "after")
        }
    }

    @Test("Redis is emptied between: a gap, then whatever there is")
    func emptiedRedis() async throws {
        try await withFronts(2, arguments: Self.arguments) { fronts in
            var client = NotificationClient("ann")
            try await client.connect(fronts[1].webSocketOrigin)
            _ = try await client.next()
            try await fronts[0].notify("ann", "seen")
            #expect(try await client.next().text == "seen")
            await client.drop()
            try await fronts[0].notify("ann", "lost")
            try await fronts.redis.cli("flushall")
            let seen = client.last
            try await client.connect(fronts[0].webSocketOrigin)
            #expect(try await client.next().type == "gap")
            #expect(try await client.next().type == "position")
            await client.drop()

            // From there on there is no gap.
            try await fronts[0].notify("ann", "kept")
            try await client.connect(fronts[1].webSocketOrigin)
            #expect(try await client.next().text == "kept")
            await client.drop()
            // Who comes back with what is not known any more gets all there is.
            var other = NotificationClient("ann", last: seen)
            try await other.connect(fronts[0].webSocketOrigin)
            #expect(try await other.next().type == "gap")
            #expect(try await other.next().text == "kept")
            try await fronts[0].notify("ann", "next")
            try await client.connect(fronts[1].webSocketOrigin)
            #expect(try await client.next().text == "next")
        }
    }

    @Test("More than is kept while the client is away: a gap, then all that is kept")
    func beyondTheLimit() async throws {
        try await withFronts(2, arguments: Self.arguments + ["--history", "message.*=10/3600"]) { fronts in
            var client = NotificationClient("ann")
            try await client.connect(fronts[1].webSocketOrigin)
            _ = try await client.next()
            await client.drop()
            for number in 0..<30 { try await fronts[number % 2].notify("ann", "\(number)") }
            try await client.connect(fronts[0].webSocketOrigin)
            #expect(try await client.next().type == "gap")
            #expect(try await client.next(10).map(\.text) == (20..<30).map { "\($0)" })
        }
    }

    @Test("A client comes and goes at random over two fronts, one of which is killed: each of 500 once, in order")
    func random() async throws {
        let count = 500
        try await withFronts(2, arguments: Self.arguments + ["--history", "message.*=1000/3600"]) { fronts in
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SeededGenerator(seed: seed)
            let sending = Task {
                for number in 0..<count {
                    try await fronts[0].notify("ann", "\(number)")
                    if number == 200 { fronts[1].kill9() }
                    if number == 300 { try await fronts[1].restart() }
                }
            }
            var client = NotificationClient("ann")
            try await client.connect(fronts[1].webSocketOrigin)
            // It may begin after the first ones: all from its position on.
            var numbers: [Int] = []
            var visits = 1
            let end = ContinuousClock.now + .seconds(120)
            while numbers.last != count - 1, .now < end {
                do {
                    for _ in 0..<Int.random(in: 0...20, using: &random) where numbers.last != count - 1 {
                        let frame = try await client.next()
                        guard frame.type != "position" else { continue }
                        #expect(frame.type == "message")
                        numbers.append(try #require(frame.text.flatMap { Int($0) }))
                    }
                } catch HarnessError.closed {
                    // Its front was killed.
                }
                await client.drop()
                do {
                    try await client.connect(fronts[Int.random(in: 0...1, using: &random)].webSocketOrigin)
                } catch {
                    // A front that is not there.
                    try await client.connect(fronts[0].webSocketOrigin)
                }
                visits += 1
            }
            try await sending.value
            let first = try #require(numbers.first)
            #expect(numbers == Array(first..<count), "seed \(seed)")
            #expect(visits > 10)
        }
    }
}
