import Glibc
import Testing

/// What a front leaves behind when it is asked to end.
@Suite("Shutdown")
struct ShutdownTests {
    @Test("SIGTERM: every client is closed with 1012, the front leaves all groups, the others are told, it exits 0")
    func leavesAllGroups() async throws {
        try await withFronts(2) { fronts in
            let staying = try await WebSocketClient.connect(fronts[1].webSocketURL())
            let leaving = try await ClientSwarm.open(200, fronts[0].webSocketURL())
            _ = try await staying.skipTexts(until: #"{"message": "201"}"#)
            let status = try await fronts[0].terminate()
            #expect(status.description == "exit code 0")
            #expect(try await fronts.count() == 1)
            #expect(try await leaving.tally().closed == [1012: 200])
            _ = try await staying.skipTexts(until: #"{"message": "1"}"#)
        }
    }

    @Test("SIGINT does the same")
    func interrupt() async throws {
        try await withFronts(1) { fronts in
            let client = try await WebSocketClient.connect(fronts[0].webSocketURL())
            _ = try await client.nextText()
            fronts[0].process.signal(2)
            #expect(try await fronts[0].process.waitForExit().description == "exit code 0")
            #expect(try await fronts.count() == 0)
            #expect(try await client.waitForClose().code == 1012)
        }
    }

    @Test("A drain closes 2,000 clients one after the other, and the count goes down with them, by just as many")
    func drains() async throws {
        try await withFronts(2, arguments: ["--drain-delay", "5", "--drain", "6"]) { fronts in
            let staying = try await ClientSwarm.open(50, fronts[1].webSocketURL())
            let leaving = try await ClientSwarm.open(2000, fronts[0].webSocketURL())
            try await fronts.waitUntilCount(2050)
            fronts[0].process.signal(SIGTERM)
            var counts: [Int] = []
            while fronts[0].process.isRunning { counts.append(try await fronts.count() ?? -1) }
            #expect(try await fronts.count() == 50)
            #expect(try await fronts[0].process.waitForExit().description == "exit code 0")
            #expect(counts == counts.sorted(by: >))
            #expect(counts.first == 2050)
            #expect(Set(counts.filter { 50 < $0 && $0 < 2050 }).count >= 3, "not one after the other: \(counts)")
            #expect(try await leaving.tally().closed == [1012: 2000])
            #expect(try await staying.tally().open == 50)
            try await staying.waitUntilAllLastFrames(equal: #"{"message": "50"}"#)
        }
    }

    @Test("During the delay a front is unready and serves; a second signal ends the delay")
    func hurriesDelay() async throws {
        try await withFronts(1, arguments: ["--drain-delay", "600", "--drain", "600"]) { fronts in
            let early = try await WebSocketClient.connect(fronts[0].webSocketURL())
            fronts[0].process.signal(SIGTERM)
            try await eventually("the front is unready") { try await fronts[0].get("/readyz").status == 503 }
            #expect(try await fronts[0].get("/readyz").body == "draining\n")
            #expect(try await fronts[0].get("/healthz").status == 200)
            let late = try await WebSocketClient.connect(fronts[0].webSocketURL())
            try await late.skipTexts(until: #"{"message": "2"}"#)
            #expect(try await fronts.count() == 2)
            #expect(try await fronts[0].terminate().description == "exit code 0")
            #expect(try await early.waitForClose().code == 1012)
            #expect(try await late.waitForClose().code == 1012)
            #expect(try await fronts.count() == 0)
        }
    }

    @Test("A second signal ends a drain that has begun")
    func hurriesDrain() async throws {
        try await withFronts(1, arguments: ["--drain", "600"]) { fronts in
            let swarm = try await ClientSwarm.open(100, fronts[0].webSocketURL())
            try await fronts.waitUntilCount(100)
            fronts[0].process.signal(SIGTERM)
            try await eventually("the drain has begun") { try await swarm.tally().open < 100 }
            #expect(try await swarm.tally().open > 50)
            #expect(try await fronts[0].terminate().description == "exit code 0")
            #expect(try await swarm.tally().closed == [1012: 100])
            #expect(try await fronts.count() == 0)
        }
    }

    @Test("A front that never became ready ends too")
    func neverReady() async throws {
        let redis = try await TestRedis.start()
        redis.kill()
        let front = try await MusterFront.start(redis: redis.url)
        #expect(try await front.terminate().description == "exit code 0")
        await redis.stop()
    }
}
