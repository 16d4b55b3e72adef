import ChannelLayers
import Consumers
import MusterTesting
import Testing

/// How a consumer ends its connection by what it throws.
struct ClosingTests {
    private let journal = Journal()
    private let gate = Gate()

    private func session(_ error: any Error) -> any ConsumerSession {
        let kind = ConsumerKind { [journal, gate] _ in
            ScriptedConsumer { event, _ in
                journal.note(event)
                if event == "connected" { await gate.pass() }
                if event == "leave" { throw error }
            }
        }
        return kind.session(RecordingTransport(journal: journal).connection)
    }

    @Test(
        "What is thrown says how the connection is closed",
        arguments: [
            (Closing(), "close 1000 "),
            (Closing(.policyViolation, reason: "no such room"), "close 1008 no such room"),
            (Closing(.abnormal), "close 1011 "),
            (ChannelLayerError(code: .unavailable, message: "away"), "close 1013 "),
            (ChannelLayerError(code: .refused, message: "no room"), "close 1011 "),
            (Mishap(), "close 1011 "),
        ] as [(any Error, String)]
    )
    func codes(error: any Error, closed: String) async {
        let session = session(error)
        gate.open()
        _ = session.deliver(.connected)
        _ = session.deliver(.text("leave"))
        #expect(await journal.lines(count: 3) == ["connected", "leave", closed])
    }

    @Test("What waits, and what still comes, is dropped; the source goes on, and the end is heard once")
    func nothingMoreButTheEnd() async {
        let session = session(Closing())
        session.onDrained { [journal] in journal.note("drained") }
        _ = session.deliver(.connected)
        _ = session.deliver(.text("leave"))
        for _ in 0..<100 { _ = session.deliver(.text("after")) }
        gate.open()
        #expect(await journal.lines(count: 4) == ["connected", "leave", "close 1000 ", "drained"])
        #expect(session.deliver(.text("late")) == .open)
        #expect(session.deliver(.disconnected(.normal)) == .open)
        #expect(await journal.lines(count: 5).suffix(1) == ["disconnected 1000"])
    }

    @Test("A route that makes no consumer closes the connection as it says")
    func noConsumer() {
        let kind = ConsumerKind { scope -> ScriptedConsumer in
            throw Closing(.policyViolation, reason: "not \(scope.path)")
        }
        let session = kind.session(RecordingTransport(journal: journal).connection)
        _ = session.deliver(.connected)
        _ = session.deliver(.text("a"))
        _ = session.deliver(.disconnected(.policyViolation))
        #expect(journal.lines == ["close 1008 not /test"])
    }

    @Test("A route that fails to make its consumer closes the connection as a consumer that fails")
    func failingRoute() {
        let kind = ConsumerKind { _ -> ScriptedConsumer in throw Mishap() }
        let session = kind.session(RecordingTransport(journal: journal).connection)
        _ = session.deliver(.connected)
        #expect(journal.lines == ["close 1011 "])
    }

    @Test("A communicator sees the code, and does not wait for what was dropped")
    func communicator() async throws {
        let layer = InMemoryChannelLayer()
        let refused = ConsumerCommunicator(layer: layer) { _ -> ScriptedConsumer in throw Closing(.policyViolation) }
        try await refused.connect()
        #expect(try await refused.nextCloseCode() == .policyViolation)
        try await refused.disconnect()

        let client = ConsumerCommunicator(layer: layer) { [journal, gate] _ in
            ScriptedConsumer { event, _ in
                journal.note(event)
                if event == "a" { await gate.pass() }
                if event == "b" { throw Closing() }
            }
        }
        try await client.connect()
        for text in ["a", "b", "c", "d"] { try await client.send(text) }
        gate.open()
        #expect(try await client.nextCloseCode() == .normal)
        try await client.disconnect()
        #expect(journal.lines == ["connected", "a", "b", "disconnected 1000"])
    }
}
