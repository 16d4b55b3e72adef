import Testing

/// Fronts that end without a word, with their connections: the count is right within seconds.
@Suite("Crashed fronts")
struct CrashedFrontsTests {
    /// Long enough that no front loses its lease for want of a processor.
    private static let quick = ["--heartbeat", "0.5", "--lease", "4"]

    @Test("Of 2 fronts with 2,000 sockets each one is killed: 4,000 become exactly 2,000, and never fewer")
    func oneOfTwo() async throws {
        try await withFronts(2) { fronts in
            let survivors = try await ClientSwarm.open(2000, fronts[0].webSocketURL())
            let lost = try await ClientSwarm.open(2000, fronts[1].webSocketURL())
            try await fronts.waitUntilCount(4000)
            try await survivors.waitUntilAllLastFrames(equal: #"{"message": "4000"}"#)

            fronts[1].kill9()
            async let samples = CountSamples.take(fronts.redis, until: 2000, timeout: .seconds(60))
            try await broadcast(7, over: fronts.redis, to: survivors)
            let seen = try await samples
            print("the count was right \(seen.duration) after the kill")
            #expect(seen.duration < .seconds(30))
            #expect(seen.range.lowerBound >= 2000 && seen.range.upperBound <= 4000)
            #expect(seen.counts == seen.counts.sorted(by: >), "the count goes down only")
            try await survivors.waitUntilAllLastFrames(equal: #"{"message": "2000"}"#)
            #expect(try await survivors.tally().open == 2000)
            #expect(try await lost.tally().open == 0)
        }
    }

    @Test("One of three is killed while others come and go: exactly its members go, and everybody is told")
    func oneOfThree() async throws {
        try await withFronts(3, arguments: Self.quick) { fronts in
            let staying = try await ClientSwarm.open(200, fronts[1].webSocketURL(), fronts[2].webSocketURL())
            let dying = try await ClientSwarm.open(300, fronts[0].webSocketURL())
            try await fronts.waitUntilCount(500)
            let churn = Task {
                var rounds = 0
                while !Task.isCancelled {
                    let swarm = try await ClientSwarm.open(20, fronts[1].webSocketURL(), fronts[2].webSocketURL())
                    try await swarm.close(.max)
                    rounds += 1
                }
                return rounds
            }
            fronts[0].kill9()
            try await eventually("reaped", timeout: .seconds(60)) { try await fronts.reaped("fronts") == 1 }
            churn.cancel()
            #expect(try await churn.value > 0)
            try await fronts.waitUntilCount(200)
            try await staying.waitUntilAllLastFrames(equal: #"{"message": "200"}"#)
            #expect(try await fronts.reaped("members") == 300)
            #expect(try await staying.tally().open == 200)
            #expect(try await dying.tally().open == 0)
            try await staying.close(.max)
            try await fronts.waitUntilCount(0)
        }
    }

    @Test("All fronts are killed: the first to start brings the count to 0, and counts who comes")
    func all() async throws {
        try await withFronts(2) { fronts in
            let swarm = try await ClientSwarm.open(2000, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await fronts.waitUntilCount(2000)
            for front in fronts.fronts { front.kill9() }
            #expect(try await fronts.count() == 2000)
            let third = try await MusterFront.start(redis: fronts.redis.url, arguments: ["--threads", "2"])
            let seen = try await CountSamples.take(fronts.redis, until: 0, timeout: .seconds(60))
            print("the count was right \(seen.duration) after the start")
            #expect(seen.duration < .seconds(30))
            #expect(try await swarm.tally().open == 0)
            let client = try await WebSocketClient.connect(third.webSocketURL())
            _ = try await client.skipTexts(until: #"{"message": "1"}"#, timeout: .seconds(30))
            #expect(try await fronts.count() == 1)
            await third.stop()
        }
    }

    @Test("A front is killed and started again at once, over and over: only open connections are counted")
    func again() async throws {
        try await withFronts(2, arguments: Self.quick) { fronts in
            let survivors = try await ClientSwarm.open(100, fronts[0].webSocketURL())
            for _ in 0..<4 {
                _ = try await ClientSwarm.open(50, fronts[1].webSocketURL())
                try await fronts[1].restart()
                try await fronts[1].waitUntilReady()
            }
            let last = try await ClientSwarm.open(50, fronts[1].webSocketURL())
            try await fronts.waitUntilCount(150)
            try await survivors.waitUntilAllLastFrames(equal: #"{"message": "150"}"#)
            try await last.close(.max)
            try await fronts.waitUntilCount(100)
        }
    }
}

extension Fronts {
    /// How many fronts, or members, the others have cleared up after the first.
    fileprivate func reaped(_ what: String) async throws -> Double {
        var sum = 0.0
        for index in 1..<fronts.count { sum += try await metric("muster_\(what)_reaped_total", of: index) }
        return sum
    }
}
