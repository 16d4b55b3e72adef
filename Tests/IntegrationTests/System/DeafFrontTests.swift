import Testing

/// A front that everything but its relay speaks well of.
@Suite("Deaf front", .timeLimit(.minutes(3)))
struct DeafFrontTests {
    @Test("A front that hears nothing answers 503 and says why, keeps its clients, and hears again by itself")
    func deaf() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                let front = try await MusterFront.start(redis: link.url)
                try await front.waitUntilReady()
                let client = try await WebSocketClient.connect(front.webSocketURL())
                #expect(try await client.nextText() == #"{"message": "1"}"#)

                try await link.set(.deaf)
                let start = ContinuousClock.now
                try await eventually("503 that speaks of the relay", timeout: .seconds(50)) {
                    let answer = try await front.get("/readyz")
                    return answer.status == 503 && answer.body.contains("relay: a probe")
                }
                // Five seconds are promised; that the rules keep to them is tested where no machine can be busy.
                print("deaf for \(start.duration(to: .now)) before 503")
                try await eventually("counted", timeout: .seconds(30)) {
                    try await front.metric("muster_relay_probes_lost_total") >= 1
                }

                try await link.set(.none)
                try await front.waitUntilReady()
                try await eventually("the gap is counted") {
                    try await front.metric("muster_relay_gaps_total") >= 1
                }
                #expect(try await front.metric("muster_relay_probe_seconds_count") >= 1)
                let other = try await WebSocketClient.connect(front.webSocketURL())
                _ = try await client.skipTexts(until: #"{"message": "2"}"#)
                try await other.close()
                _ = try await client.skipTexts(until: #"{"message": "1"}"#)
                await front.stop()
            }
        }
    }

    @Test("A Redis gone without an RST: 503 while it lasts, and the clients and their count are there afterwards")
    func halfOpen() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                let front = try await MusterFront.start(redis: link.url)
                try await front.waitUntilReady()
                let swarm = try await ClientSwarm.open(20, front.webSocketURL())
                try await swarm.waitUntilAllLastFrames(equal: #"{"message": "20"}"#)
                try await link.set(.swallowed(.both))
                try await eventually("503", timeout: .seconds(30)) { try await front.get("/readyz").status == 503 }
                try await swarm.close(5)
                #expect(try await swarm.tally().open == 15)
                try await link.set(.none)
                try await front.waitUntilReady()
                try await swarm.waitUntilAllLastFrames(equal: #"{"message": "15"}"#)
                #expect(try await redis.cli("zcard", "asgi:group:users") == "15")
                await front.stop()
            }
        }
    }
}
