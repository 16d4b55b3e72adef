import NIOHTTP1
import Testing

/// The counts of the index page, over two fronts.
@Suite("Live counts")
struct LiveCountsTests {
    private static func frame(users: Int = 0, chat: Int = 0, clock: Int = 0, echo: Int = 0) -> String {
        #"{"type": "counts", "users": "\#(users)", "chat": "\#(chat)", "direct": "0", "support": "0", "#
            + #""clock": "\#(clock)", "notifications": "0", "echo": "\#(echo)"}"#
    }

    @Test("Each front tells what both have, at once and whenever it changes, and reads nothing when nobody looks")
    func counts() async throws {
        try await withFronts(2) { fronts in
            var structured = WebSocketClient.Options()
            structured.headers = ["Sec-WebSocket-Protocol": "muster.v1"]
            let lookers = [
                try await WebSocketClient.connect(fronts[0].webSocketURL("/ws/counts/")),
                try await WebSocketClient.connect(fronts[1].webSocketURL("/ws/counts/"), options: structured),
            ]
            for looker in lookers { #expect(try await looker.nextText() == Self.frame()) }
            let user = try await WebSocketClient.connect(fronts[0].webSocketURL())
            for looker in lookers { #expect(try await looker.nextText() == Self.frame(users: 1)) }
            let clock = try await WebSocketClient.connect(fronts[1].webSocketURL("/md_admin/test_websocket"))
            for looker in lookers { #expect(try await looker.nextText() == Self.frame(users: 1, clock: 1)) }
            await clock.drop()
            for looker in lookers { #expect(try await looker.nextText() == Self.frame(users: 1)) }
            let late = try await WebSocketClient.connect(fronts[1].webSocketURL("/ws/counts/"))
            #expect(try await late.nextText() == Self.frame(users: 1))

            for looker in lookers + [late] { try await looker.close() }
            let ticks = #"muster_ticks_total{ticker="counts"}"#
            try await eventually("nobody looks", timeout: .seconds(30)) { try await fronts.count("counts") == 0 }
            // The wait that had begun may still end; none begins after it.
            try await Task.sleep(for: .milliseconds(1500))
            let after = try await fronts.metric(ticks, of: 0)
            #expect(after >= 3)
            try await Task.sleep(for: .milliseconds(2500))
            #expect(try await fronts.metric(ticks, of: 0) == after)
            try await user.close()
        }
    }

    @Test("Redis away: nothing is said, nobody is closed, and it goes on when Redis is back")
    func redisAway() async throws {
        try await withFronts(1) { fronts in
            let looker = try await WebSocketClient.connect(fronts[0].webSocketURL("/ws/counts/"))
            #expect(try await looker.nextText() == Self.frame())
            fronts.redis.kill()
            await #expect(throws: HarnessError.self) { try await looker.nextText(timeout: .seconds(3)) }
            try await fronts.redis.restart()
            let user = try await WebSocketClient.connect(fronts[0].webSocketURL())
            try await looker.skipTexts(until: Self.frame(users: 1), timeout: .seconds(30))
            try await user.close()
            try await looker.close()
        }
    }
}
