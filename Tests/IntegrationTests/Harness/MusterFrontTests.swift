import Testing

/// Starting and ending the real program; what it does in between is the other suites' subject.
@Suite("Harness: a front")
struct MusterFrontTests {
    @Test("A front starts, serves pages and WebSockets, dies, comes back on its port, and ends with 0 on SIGTERM")
    func life() async throws {
        let front = try await MusterFront.start()
        try await front.waitUntilReady()
        #expect(try await front.get("/healthz").status == 200)
        #expect(try await front.get("/online/").body.contains("count"))
        let client = try await WebSocketClient.connect(front.webSocketURL())
        #expect(try await client.nextText() == #"{"message": "1"}"#)

        front.kill9()
        #expect(try await client.waitForClose() == .abnormal)
        try await front.restart()
        try await front.waitUntilReady()
        #expect(try await front.terminate() == .exited(0))
    }

    @Test("A front that cannot start is reported with what it said")
    func refusesOptions() async throws {
        let error = await #expect(throws: HarnessError.self) {
            try await MusterFront.start(arguments: ["--no-such-option"])
        }
        #expect(error?.description.contains("--no-such-option") == true)
    }
}
