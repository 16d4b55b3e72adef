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
}
