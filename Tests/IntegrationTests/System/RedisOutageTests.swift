import Testing

/// What a front does while its Redis is not there.
@Suite("Redis outage")
struct RedisOutageTests {
    @Test("Redis absent at start: the front listens, says why it is not ready, and works once Redis is there")
    func absentAtStart() async throws {
        let redis = try await TestRedis.start()
        redis.kill()
        let front = try await MusterFront.start(redis: redis.url)
        #expect(try await front.get("/healthz").status == 200)
        let answer = try await front.get("/readyz")
        #expect(answer.status == 503)
        #expect(answer.body.contains("127.0.0.1:\(redis.port)"), "\(answer.body)")

        let client = try await WebSocketClient.connect(front.webSocketURL())
        try await redis.restart()
        #expect(try await client.nextText(timeout: .seconds(20)) == #"{"message": "1"}"#)
        try await front.waitUntilReady()
        await front.stop()
        await redis.stop()
    }

    @Test("Redis restarted empty: the fronts write their members again, no client is closed, the count is true")
    func restartedEmpty() async throws {
        try await withFronts(2) { fronts in
            let swarm = try await ClientSwarm.open(50, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "50"}"#)
            try await fronts.redis.restart()
            // Ten leave while the fronts may not have reconnected yet.
            try await swarm.close(10)
            try await fronts.waitUntilCount(40)
            for index in 0..<2 { try await fronts[index].waitUntilReady() }
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "40"}"#)
            #expect(try await swarm.tally().open == 40)
            try await swarm.close(.max)
            try await fronts.waitUntilCount(0)
        }
    }
}
