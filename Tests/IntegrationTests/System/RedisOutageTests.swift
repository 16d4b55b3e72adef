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

    @Test("The relay's connection alone is lost: what changed meanwhile is told when it is back")
    func relayLost() async throws {
        try await withFronts(2) { fronts in
            let deaf = try await WebSocketClient.connect(fronts[0].webSocketURL())
            let other = try await WebSocketClient.connect(fronts[1].webSocketURL())
            _ = try await deaf.skipTexts(until: #"{"message": "2"}"#)
            // Again and again: one of the kills falls between the leave and its announcement.
            for _ in 0..<5 {
                let leaving = try await WebSocketClient.connect(fronts[1].webSocketURL())
                _ = try await deaf.skipTexts(until: #"{"message": "3"}"#)
                _ = try await fronts.redis.cli("client", "kill", "type", "pubsub")
                try await leaving.close()
                _ = try await deaf.skipTexts(until: #"{"message": "2"}"#)
                _ = try await other.skipTexts(until: #"{"message": "2"}"#)
            }
            #expect(try await fronts.metric("muster_relay_gaps_total", of: 0) >= 1)
        }
    }

    @Test("Redis gone for ten seconds: nobody is closed, 503 names it, memory stays, newcomers wait, and all heals")
    func goneForAWhile() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                let front = try await MusterFront.start(redis: link.url, arguments: ["--threads", "2"])
                try await front.waitUntilReady()
                let swarm = try await ClientSwarm.open(50, front.webSocketURL())
                try await swarm.waitUntilAllLastFrames(equal: #"{"message": "50"}"#)
                try await link.set(.refused)
                try await eventually("503 that names Redis", timeout: .seconds(20)) {
                    let answer = try await front.get("/readyz")
                    return answer.status == 503 && answer.body.contains("127.0.0.1:\(link.port)")
                }
                try await Self.comeAndGo(front, rounds: 3)
                let before = try front.residentBytes()
                let start = ContinuousClock.now
                while start.duration(to: .now) < .seconds(10) { try await Self.comeAndGo(front, rounds: 1) }
                #expect(try front.residentBytes() - before < 16 << 20)
                #expect(try await front.get("/healthz").status == 200)
                let newcomer = try await WebSocketClient.connect(front.webSocketURL())
                #expect(try await swarm.tally().open == 50)

                try await link.set(.none)
                #expect(try await newcomer.nextText(timeout: .seconds(30)) == #"{"message": "51"}"#)
                try await swarm.waitUntilAllLastFrames(equal: #"{"message": "51"}"#)
                try await front.waitUntilReady()
                #expect(try await redis.cli("zcard", "asgi:group:users") == "51")
                await front.stop()
            }
        }
    }

    /// Clients open and close a connection, hundreds of them.
    private static func comeAndGo(_ front: MusterFront, rounds: Int) async throws {
        for _ in 0..<rounds {
            let swarm = try await ClientSwarm.open(200, front.webSocketURL())
            try await swarm.close(.max)
        }
    }

    @Test("A Redis that refuses writes: 503 with the reason, the join is refused, and all heals by itself")
    func refusesWrites() async throws {
        try await withFronts(1) { fronts in
            let staying = try await WebSocketClient.connect(fronts[0].webSocketURL())
            let leaving = try await WebSocketClient.connect(fronts[0].webSocketURL())
            _ = try await staying.skipTexts(until: #"{"message": "2"}"#)
            // Fewer replicas than it wants: Redis answers every write with NOREPLICAS, reads and pub/sub go on.
            _ = try await fronts.redis.cli("config", "set", "min-replicas-to-write", "1")
            try await leaving.close()
            let refused = try await WebSocketClient.connect(fronts[0].webSocketURL())
            #expect(try await refused.waitForClose().code == 1011)
            try await eventually("503 with the reason") {
                let answer = try await fronts[0].get("/readyz")
                return answer.status == 503 && answer.body.contains("NOREPLICAS")
            }
            _ = try await fronts.redis.cli("config", "set", "min-replicas-to-write", "0")
            try await fronts.waitUntilCount(1)
            try await fronts[0].waitUntilReady()
            _ = try await staying.skipTexts(until: #"{"message": "1"}"#)
        }
    }

    @Test("A Redis user without rights to the relay: the join is refused at once and /readyz says what is missing")
    func deniedRelay() async throws {
        try await withTestRedis { redis in
            _ = try await redis.cli("acl", "setuser", "muster", "on", ">secret", "~asgi*", "+@all", "resetchannels")
            let front = try await MusterFront.start(redis: "redis://muster:secret@127.0.0.1:\(redis.port)")
            let client = try await WebSocketClient.connect(front.webSocketURL())
            #expect(try await client.waitForClose().code == 1011)
            let answer = try await front.get("/readyz")
            #expect(answer.status == 503)
            #expect(answer.body.contains("NOPERM"), "\(answer.body)")
            _ = try await redis.cli("acl", "setuser", "muster", "&*")
            let second = try await WebSocketClient.connect(front.webSocketURL())
            #expect(try await second.nextText() == #"{"message": "1"}"#)
            try await front.waitUntilReady()
            await front.stop()
        }
    }
}
