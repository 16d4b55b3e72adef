import NIOHTTP1
import Testing

/// The clock over two fronts and HAProxy, in the frames that its published clients expect.
@Suite("Server push")
struct ServerPushTests {
    private static let path = "/md_admin/test_websocket"
    private static let ticks = #"muster_ticks_total{ticker="clock"}"#

    @Test("The time comes at once and then once a second, on both fronts and with or without the subprotocol")
    func time() async throws {
        try await withFronts(2) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            var structured = WebSocketClient.Options()
            structured.headers = ["Sec-WebSocket-Protocol": "muster.v1"]
            let clients = [
                try await WebSocketClient.connect(balancer.webSocketURL(Self.path)),
                try await WebSocketClient.connect(balancer.webSocketURL(Self.path), options: structured),
                try await WebSocketClient.connect(fronts[0].webSocketURL(Self.path)),
                try await WebSocketClient.connect(fronts[1].webSocketURL(Self.path)),
            ]
            #expect(clients[0].response.headers["Sec-WebSocket-Protocol"] == [])
            #expect(clients[1].response.headers["Sec-WebSocket-Protocol"] == ["muster.v1"])
            for client in clients {
                var times: [String] = []
                while times.count < 4 {
                    let text = try await client.nextText()
                    let frame = try #require(
                        text.wholeMatch(of: /\{"time": "(\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d)"\}/),
                        "\(text)"
                    )
                    times.append(String(frame.1))
                }
                // That of connecting may be told once more, if the second began just then.
                #expect(Set(times).count >= 3)
                #expect(times == times.sorted())
            }
            #expect(try await fronts.count("clock") == clients.count)
            for client in clients { try await client.close() }
            await balancer.stop()
        }
    }

    @Test("One timer for all of a front's clients, none when nobody listens, and none for a front without clients")
    func oneTimer() async throws {
        try await withFronts(2) { fronts in
            #expect(try await fronts.metric(Self.ticks, of: 0) == 0)
            let swarm = try await ClientSwarm.open(200, fronts[0].webSocketURL(Self.path))
            let before = try await fronts.metric(Self.ticks, of: 0)
            let start = ContinuousClock.now
            try await eventually("three seconds told", timeout: .seconds(60)) {
                try await fronts.metric(Self.ticks, of: 0) >= before + 3
            }
            // Two hundred timers would have had six hundred.
            let ticks = try await fronts.metric(Self.ticks, of: 0)
            let passed = (ContinuousClock.now - start) / .seconds(1)
            #expect(ticks <= before + passed + 2)
            #expect(try await fronts.metric(Self.ticks, of: 1) == 0)
            try await swarm.close(.max)
            try await eventually("nobody listens", timeout: .seconds(30)) { try await fronts.count("clock") == 0 }
            // The wait that had begun may still end; none begins after it.
            try await Task.sleep(for: .milliseconds(1500))
            let after = try await fronts.metric(Self.ticks, of: 0)
            try await Task.sleep(for: .milliseconds(2500))
            #expect(try await fronts.metric(Self.ticks, of: 0) == after)
        }
    }

    @Test(
        "Redis away: those who are connected and those who come hear the time, and the timer ends with the last of them"
    )
    func redisAway() async throws {
        try await withFronts(1) { fronts in
            let client = try await WebSocketClient.connect(fronts[0].webSocketURL(Self.path))
            _ = try await client.nextText()
            _ = try await client.nextText()
            fronts.redis.kill()
            var times: Set<String> = []
            while times.count < 4 { times.insert(try await client.nextText()) }
            await client.drop()
            // Nobody is left, and Redis is still away: whoever comes now hears it as well.
            let newcomer = try await WebSocketClient.connect(fronts[0].webSocketURL(Self.path))
            times = []
            while times.count < 4 { times.insert(try await newcomer.nextText()) }
            await newcomer.drop()
            try await eventually("the timer has ended", timeout: .seconds(30)) {
                let ticks = try await fronts.metric(Self.ticks, of: 0)
                try await Task.sleep(for: .milliseconds(2500))
                return try await fronts.metric(Self.ticks, of: 0) == ticks
            }
        }
    }
}
