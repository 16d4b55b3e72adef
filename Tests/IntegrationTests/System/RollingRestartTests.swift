import Synchronization
import Testing

/// A new version goes live: one front after the other is stopped and started, behind the load balancer.
@Suite("Rolling restart")
struct RollingRestartTests {
    @Test("Under load, nobody is refused or lost, and the count is right in the end, in Redis and on every screen")
    func losesNobody() async throws {
        // Twice what HAProxy needs to notice, so that a busy machine does not matter.
        try await withFronts(3, arguments: ["--drain-delay", "4", "--drain", "2"]) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            try await ReturningClients.with(100, balancer.webSocketURL()) { clients in
                try await withVisitors(balancer.webSocketURL()) {
                    for front in fronts.fronts {
                        #expect(try await front.terminate(timeout: .seconds(60)).description == "exit code 0")
                        try await front.restart()
                        try await front.waitUntilReady()
                    }
                }
                try await fronts.waitUntilCount(100)
                try await eventually("every client shows the right number", timeout: .seconds(30)) {
                    clients.tally.lastTexts == [#"{"message": "100"}"#: 100]
                }
                #expect(try await fronts.count() == 100)
                let tally = clients.tally
                #expect(tally.failures == [])
                #expect(tally.open == 100)
                // Each front had its share.
                #expect(tally.returns >= 60)
            }
            try await fronts.waitUntilCount(0)
            await balancer.stop()
        }
    }

    /// Runs `body` while others come and go, one after the other on each of four ways; each has to get a number, and
    /// may be sent away with 1012 by a front that stops, but in no other way.
    private func withVisitors(_ url: String, _ body: () async throws -> Void) async throws {
        let time = VisitingTime()
        try await withThrowingTaskGroup { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    while !time.isOver.load(ordering: .relaxed) {
                        do {
                            let visitor = try await WebSocketClient.connect(url)
                            _ = try await visitor.nextText()
                            try await visitor.close()
                        } catch HarnessError.closed(let event) where event.code == 1012 {
                            continue
                        }
                    }
                }
            }
            defer { time.isOver.store(true, ordering: .relaxed) }
            try await body()
            time.isOver.store(true, ordering: .relaxed)
            try await tasks.waitForAll()
        }
    }
}

/// Shared by all who come and go.
private final class VisitingTime: Sendable {
    let isOver = Atomic(false)
}
