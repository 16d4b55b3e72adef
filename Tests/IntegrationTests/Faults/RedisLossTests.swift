import Testing

/// Redis forgets everything, goes away, or does not answer.
@Suite("Loss of Redis")
struct RedisLossTests {
    /// 300 clients on two fronts, all counted.
    private func withClients(_ body: (Fronts, ClientSwarm) async throws -> Void) async throws {
        try await withFronts(2) { fronts in
            let swarm = try await ClientSwarm.open(300, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "300"}"#)
            try await body(fronts, swarm)
        }
    }

    /// The count is right within seconds, a broadcast reaches everyone, nobody's connection was closed.
    private func expectHealed(_ fronts: Fronts, _ swarm: ClientSwarm, _ count: Int = 300) async throws {
        let seen = try await CountSamples.take(fronts.redis, until: count, timeout: .seconds(60))
        print("the count was right after \(seen.duration)")
        #expect(seen.duration < .seconds(20))
        for front in fronts.fronts { try await front.waitUntilReady() }
        try await broadcast(7, over: fronts.redis, to: swarm)
        #expect(try await fronts.count() == count)
        let tally = try await swarm.tally()
        #expect(tally.open == count)
        #expect(tally.closed == (count == 300 ? [:] : [1000: 300 - count]), "\(tally.summary)")
    }

    @Test("FLUSHALL: right again within seconds")
    func flushed() async throws {
        try await withClients { fronts, swarm in
            try await fronts.redis.cli("flushall")
            try await expectHealed(fronts, swarm)
        }
    }

    @Test("Away for 10 s and back empty: no connection is closed, and all is right soon after its return")
    func awayForTenSeconds() async throws {
        try await withClients { fronts, swarm in
            fronts.redis.kill()
            for index in 0..<2 {
                try await eventually("503") { try await fronts[index].get("/readyz").status == 503 }
            }
            // Some leave and some come meanwhile.
            try await swarm.close(20)
            let late = try await ClientSwarm.open(20, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await Task.sleep(for: .seconds(10))
            #expect(try await swarm.tally().open == 280)
            try await fronts.redis.restart()
            let seen = try await CountSamples.take(fronts.redis, until: 300, timeout: .seconds(60))
            print("the count was right \(seen.duration) after Redis' return")
            #expect(seen.duration < .seconds(20))
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "300"}"#)
            try await late.waitUntilAllLastFrames(equal: #"{"message": "300"}"#)
            try await late.close(.max)
            try await expectHealed(fronts, swarm, 280)
        }
    }

    @Test(
        "CLIENT KILL of the relay's connections, and of all others: each front notices, connects anew and goes on",
        arguments: [("pubsub", "subscriptions"), ("normal", "commands")]
    )
    func killed(type: String, connection: String) async throws {
        try await withClients { fronts, swarm in
            let reconnects = #"muster_redis_reconnects_total{connection="\#(connection)"}"#
            var before: [Double] = []
            for index in 0..<2 { before.append(try await fronts.metric(reconnects, of: index)) }
            try await fronts.redis.cli("client", "kill", "type", type)
            for index in 0..<2 {
                try await eventually("front \(index) has connected anew", timeout: .seconds(60)) {
                    try await fronts.metric(reconnects, of: index) > before[index]
                }
            }
            try await expectHealed(fronts, swarm)
            // Who comes now is counted, and everyone is told.
            let late = try await ClientSwarm.open(20, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            for swarm in [swarm, late] { try await swarm.waitUntilAllLastFrames(equal: #"{"message": "320"}"#) }
        }
    }

    @Test("CLIENT PAUSE for longer than a lease: nobody is taken out for good, no connection is closed")
    func paused() async throws {
        try await withClients { fronts, swarm in
            try await fronts.redis.cli("client", "pause", "8000", "all")
            try await Task.sleep(for: .seconds(8))
            try await expectHealed(fronts, swarm)
        }
    }

    @Test("One front's packets are dropped for longer than its lease, without a RST: out, and back in")
    func dropped() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                let quick = ["--heartbeat", "0.5", "--lease", "2", "--threads", "2"]
                let near = try await MusterFront.start(redis: redis.url, arguments: quick)
                let far = try await MusterFront.start(redis: link.url, arguments: quick)
                try await near.waitUntilReady()
                try await far.waitUntilReady()
                let swarm = try await ClientSwarm.open(100, near.webSocketURL(), far.webSocketURL())
                try await swarm.waitUntilAllLastFrames(equal: #"{"message": "100"}"#)
                try await link.set(.swallowed(.both))
                _ = try await CountSamples.take(redis, until: 50, timeout: .seconds(30))
                try await eventually("503", timeout: .seconds(30)) { try await far.get("/readyz").status == 503 }
                try await link.set(.none)
                _ = try await CountSamples.take(redis, until: 100, timeout: .seconds(30))
                try await swarm.waitUntilAllLastFrames(equal: #"{"message": "100"}"#)
                #expect(try await swarm.tally().open == 100)
                await near.stop()
                await far.stop()
            }
        }
    }
}
