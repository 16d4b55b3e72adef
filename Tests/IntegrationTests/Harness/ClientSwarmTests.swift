import Testing

/// The harness's client swarm and load balancer, against servers that are not under test.
@Suite("Harness: swarm and load balancer", .serialized)
struct ClientSwarmTests {
    @Test("3,000 clients open, all see a broadcast, 1,000 leave with and 1,000 without a handshake")
    func threeThousand() async throws {
        let server = try await ScriptedServer.start()
        let swarm = try await ClientSwarm.open(3000, server.webSocketURL)
        #expect(try await server.connections == 3000)
        try await swarm.waitUntilAllLastFrames(equal: "server")
        #expect(try await swarm.totalFrames == 3000)

        try await server.broadcast("count 3000")
        try await swarm.waitUntilAllLastFrames(equal: "count 3000")
        #expect(try await swarm.totalFrames == 6000)
        #expect(try await swarm.tally().bytes == 3000 * ("server".utf8.count + "count 3000".utf8.count))

        try await swarm.close(1000)
        try await swarm.close(1000, .drop)
        let tally = try await swarm.tally()
        #expect(tally.open == 1000)
        #expect(tally.closed == [1000: 1000, 1006: 1000])
        try await eventually("the server to see them leave") { try await server.connections == 1000 }

        try await swarm.openMore(10)
        try await swarm.resetCounts()
        try await swarm.sendFromEach("echo")
        try await swarm.waitUntilAllLastFrames(equal: "echo")
        #expect(try await swarm.totalFrames == 1010)
        try await swarm.close(.max, .drop)
        try await server.stop()
    }

    @Test("Waiting for a text that clients do not have names what they have")
    func reportsDifference() async throws {
        let server = try await ScriptedServer.start()
        let swarm = try await ClientSwarm.open(3, server.webSocketURL)
        let error = await #expect(throws: HarnessError.self) {
            try await swarm.waitUntilAllLastFrames(equal: "other", timeout: .milliseconds(200))
        }
        #expect(error?.description.contains("3 × server") == true)
        try await swarm.close(.max, .drop)
        try await server.stop()
    }

    @Test("HAProxy spreads WebSockets evenly, passes by a front that is not ready, and keeps its open connections")
    func balances() async throws {
        let servers = [try await ScriptedServer.start(named: "one"), try await ScriptedServer.start(named: "two")]
        let balancer = try await LoadBalancer.start(frontPorts: servers.map(\.port))
        let swarm = try await ClientSwarm.open(20, balancer.webSocketURL("/"))
        for server in servers { #expect(try await server.connections == 10) }

        try await servers[1].setReady(false)
        try await balancer.waitUntilDown(front: 2)
        try await swarm.openMore(10)
        #expect(try await servers[0].connections == 20)
        #expect(try await servers[1].connections == 10)
        #expect(try await balancer.get("/readyz") == (200, "one"))

        try await servers[1].broadcast("still here")
        try await eventually("the broadcast through the balancer") {
            try await swarm.tally().lastTexts["still here"] == 10
        }
        await balancer.stop()
        try await eventually("the end of all tunnels") { try await swarm.tally().open == 0 }
        for server in servers { try await server.stop() }
    }
}
