import Foundation
import Messages
import Testing

/// The online counter over several fronts and a real Redis.
@Suite("Online counter")
struct OnlineCounterTests {
    @Test("Each join and each leave is told to everyone on every front")
    func countsUpAndDown() async throws {
        try await withFronts(2) { fronts in
            let first = try await WebSocketClient.connect(fronts[0].webSocketURL())
            #expect(try await first.nextText() == #"{"message": "1"}"#)
            let second = try await WebSocketClient.connect(fronts[1].webSocketURL())
            #expect(try await first.nextText() == #"{"message": "2"}"#)
            #expect(try await second.nextText() == #"{"message": "2"}"#)
            #expect(try await fronts.count() == 2)

            try await first.close()
            #expect(try await second.nextText() == #"{"message": "1"}"#)
            #expect(try await fronts.count() == 1)
            // Without a closing handshake, too.
            await second.drop()
            try await fronts.waitUntilCount(0)
        }
    }

    @Test("3 fronts with 1,000 clients each: one number, in Redis and at every client; frames grow with N, not N²")
    func threeThousandClients() async throws {
        try await withFronts(3) { fronts in
            let swarm = try await ClientSwarm.open(
                3000,
                fronts[0].webSocketURL(),
                fronts[1].webSocketURL(),
                fronts[2].webSocketURL()
            )
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "3000"}"#, timeout: .seconds(60))
            #expect(try await fronts.count() == 3000)

            // Everyone told of every join would be 4.5 million frames.
            let frames = try await swarm.totalFrames
            print("3,000 joins over 3 fronts: \(frames) frames, \(frames / 3000) per client")
            #expect(frames >= 3000)
            #expect(frames < 3000 * 400)

            try await swarm.resetCounts()
            try await swarm.close(1500)
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "1500"}"#, timeout: .seconds(60))
            #expect(try await fronts.count() == 1500)
            let leaving = try await swarm.totalFrames
            print("1,500 leaves: \(leaving) frames, \(leaving / 1500) per client that stays")
            #expect(leaving < 1500 * 400)

            var announcements = 0.0
            var batches = 0.0
            for index in 0..<3 {
                announcements += try await fronts.metric("muster_count_announcements_total", of: index)
                batches += try await fronts.metric("muster_member_batches_total", of: index)
            }
            print("4,500 changes: \(Int(batches)) batches, \(Int(announcements)) announcements")
            #expect(announcements < 4500 / 4)
            try await swarm.close(.max)
            try await fronts.waitUntilCount(0)
        }
    }

    @Test("A count published by hand in MessagePack reaches every client of every front once")
    func publishedByHand() async throws {
        try await withFronts(2) { fronts in
            let swarm = try await ClientSwarm.open(20, fronts[0].webSocketURL(), fronts[1].webSocketURL())
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "20"}"#)
            // The schedule of the last join may still hold an announcement back.
            try await eventually("quiet") {
                try await swarm.resetCounts()
                try await Task.sleep(for: .milliseconds(200))
                return try await swarm.totalFrames == 0
            }
            // {"type": "number", "message": "x"} as Python's msgpack packs it, in Lua's decimal escapes.
            let payload = #"\130\164type\166number\167message\161x"#
            let script = "return redis.call('PUBLISH', KEYS[1], '\(payload)')"
            #expect(try await fronts.redis.cli("eval", script, "1", "asgi__group__users") == "2")
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "x"}"#)
            #expect(try await swarm.totalFrames == 20)
            try await swarm.close(.max)
        }
    }

    @Test("A front without Redis counts its own clients and says so")
    func inMemory() async throws {
        let front = try await MusterFront.start()
        let first = try await WebSocketClient.connect(front.webSocketURL())
        let second = try await WebSocketClient.connect(front.webSocketURL())
        _ = try await first.skipTexts(until: #"{"message": "2"}"#)
        try await second.close()
        #expect(try await first.nextText() == #"{"message": "1"}"#)
        #expect(front.process.lines(of: .standardError).contains { $0.contains("no --redis") })
        #expect(try await front.terminate().description == "exit code 0")
    }
}
