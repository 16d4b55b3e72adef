import Testing

/// Fronts that stand still for longer than their lease, and go on as if nothing had been.
@Suite("Paused fronts")
struct PauseTests {
    /// Long enough that no front loses its lease for want of a processor.
    private static let quick = ["--heartbeat", "0.5", "--lease", "4"]

    @Test("A front stopped for longer than its lease is taken out; when it goes on what is open is counted again")
    func pausedAndResumed() async throws {
        try await withFronts(2, arguments: Self.quick) { fronts in
            let others = try await ClientSwarm.open(50, fronts[0].webSocketURL())
            let staying = try await ClientSwarm.open(300, fronts[1].webSocketURL())
            let leaving = try await ClientSwarm.open(200, fronts[1].webSocketURL())
            try await fronts.waitUntilCount(550)

            fronts[1].pause()
            try await fronts.waitUntilCount(50)
            try await others.waitUntilAllLastFrames(equal: #"{"message": "50"}"#)
            // They leave, and the front does not see it.
            try await leaving.close(.max, .drop)

            fronts[1].resume()
            let seen = try await CountSamples.take(fronts.redis, until: 350, timeout: .seconds(30))
            print("the count was right \(seen.duration) after the front went on")
            #expect(seen.duration < .seconds(20))
            #expect(seen.range.lowerBound >= 50)
            try await others.waitUntilAllLastFrames(equal: #"{"message": "350"}"#)
            try await staying.waitUntilAllLastFrames(equal: #"{"message": "350"}"#)
            // And it stays so: nobody takes out again what is back.
            try await fronts[1].waitUntilReady()
            try await broadcast(7, over: fronts.redis, to: staying)
            #expect(try await fronts.count() == 350)
            #expect(try await staying.tally().open == 300)
        }
    }

    @Test("A front that is back while it is cleared up after has just its members")
    func resumedMeanwhile() async throws {
        try await withFronts(2, arguments: Self.quick) { fronts in
            let swarm = try await ClientSwarm.open(800, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await fronts.waitUntilCount(800)
            let members = try await fronts.members()
            for round in 0..<6 {
                fronts[0].pause()
                try await eventually("the clean-up has begun", timeout: .seconds(30), every: .milliseconds(1)) {
                    try await fronts.count() != 800
                }
                // Sooner and later in it.
                try await Task.sleep(for: .milliseconds(round * 2))
                fronts[0].resume()
                try await fronts.waitUntilCount(800)
                try await eventually("exactly its members") { try await fronts.members() == members }
            }
            #expect(try await swarm.tally().open == 800)
            // What was begun is over, and nothing of it comes after.
            for index in 0..<2 { try await fronts[index].waitUntilReady() }
            try await eventually("it holds its lease", timeout: .seconds(60)) {
                let before = try await fronts.metric(#"muster_lease_lost_total{reason="lapsed"}"#, of: 0)
                try await Task.sleep(for: .seconds(2))
                return try await before == fronts.metric(#"muster_lease_lost_total{reason="lapsed"}"#, of: 0)
            }
            #expect(try await fronts.members() == members)
            try await swarm.close(.max)
            try await fronts.waitUntilCount(0)
        }
    }

    @Test("A front stopped for less than its lease loses nothing, and nobody is told anything")
    func shortPause() async throws {
        try await withFronts(2, arguments: ["--heartbeat", "1", "--lease", "10"]) { fronts in
            let swarm = try await ClientSwarm.open(100, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "100"}"#)
            fronts[1].pause()
            try await Task.sleep(for: .seconds(3))
            fronts[1].resume()
            try await fronts[1].waitUntilReady()
            try await broadcast(7, over: fronts.redis, to: swarm)
            #expect(try await fronts.count() == 100)
            #expect(try await fronts.metric("muster_fronts_reaped_total", of: 0) == 0)
        }
    }
}

extension Fronts {
    /// The members of the online counter's group.
    fileprivate func members() async throws -> Set<Substring> {
        Set(try await redis.cli("zrange", "asgi:group:users", "0", "-1").split(separator: "\n"))
    }
}
