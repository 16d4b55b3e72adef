import ChannelLayers
import Consumers
import Synchronization
import Testing

@testable import MusterTesting

@Suite(.timeLimit(.minutes(1)))
struct ConsumerTimeLimitTests {
    private let journal = Journal()
    private let gate = Gate()
    private let wishes = Watched<[ContinuousClock.Instant]>([])

    private func session(
        limit: Duration = .seconds(30),
        _ handle: @escaping @Sendable (String, Connection) async throws -> Void
    ) -> any ConsumerSession {
        ConsumerKind { _ in ScriptedConsumer(handle: handle) }.session(
            RecordingTransport(journal: journal).connection,
            limit: ConsumerTimeLimit(duration: limit) { [wishes] _, instant in wishes.update { $0.append(instant) } }
        )
    }

    private var wishCount: Int { wishes.read { $0.count } }

    @Test("A handler that does not suspend asks nobody to look; one that does asks once until it was looked at")
    func asking() async {
        let session = session { [journal, gate] event, _ in
            if event == "wait" { await gate.pass() }
            journal.note(event)
        }
        _ = session.deliver(.connected)
        _ = session.deliver(.text("quick"))
        #expect(wishCount == 0)
        #expect(session.look(now: .now) == nil)
        let before = ContinuousClock.now
        _ = session.deliver(.text("wait"))
        #expect(wishCount == 1)
        #expect(wishes.read { $0[0] } >= before + .seconds(30))
        gate.open()
        _ = session.deliver(.text("after"))
        #expect(await journal.lines(count: 4) == ["connected", "quick", "wait", "after"])
        #expect(wishCount == 1)
        #expect(session.look(now: .now + .seconds(60)) == nil)
        #expect(journal.lines.count == 4)
    }

    @Test("A handler within its time is looked at again when its time is up, not before")
    func later() async throws {
        let session = session { [gate] _, _ in await gate.pass() }
        _ = session.deliver(.connected)
        let now = ContinuousClock.now
        let next = try #require(session.look(now: now + .seconds(10)))
        #expect(next > now + .seconds(29) && next <= now + .seconds(30))
        #expect(journal.lines == [])
        gate.open()
    }

    @Test(
        "With a limit of a day it is looked at twice a minute: nobody keeps a list of sessions that are gone for long"
    )
    func longLimit() async throws {
        let session = session(limit: .seconds(86_400)) { [gate] _, _ in await gate.pass() }
        _ = session.deliver(.connected)
        #expect(wishes.read { $0[0] } <= .now + .seconds(30))
        let now = ContinuousClock.now
        #expect(try #require(session.look(now: now + .seconds(30))) == now + .seconds(60))
        #expect(try #require(session.look(now: now + .seconds(86_390))) < now + .seconds(86_401))
        #expect(journal.lines == [])
        #expect(session.look(now: now + .seconds(86_401)) == nil)
        #expect(journal.lines == ["close 1011 the server took too long"])
        gate.open()
    }

    @Test(
        "Over its time when the connection has ended: cancelled, and nothing is said to be closed",
        arguments: [true, false]
    )
    func tooLongAfterEnd(isEndItself: Bool) async throws {
        let session = session { [journal] event, _ in
            guard event != "connected" else { return }
            do {
                try await Task.sleep(for: .seconds(600))
            } catch {
                journal.note("cancelled")
                throw error
            }
        }
        _ = session.deliver(.connected)
        if !isEndItself { _ = session.deliver(.text("hang")) }
        _ = session.deliver(.disconnected(.normal))
        #expect(session.look(now: .now + .seconds(31)) == nil)
        #expect(await journal.lines(count: 1) == ["cancelled"])
    }

    @Test("Over its time: closed with 1011, its task cancelled, what waits dropped; then it hears of the end alone")
    func tooLong() async {
        let session = session { [journal] event, _ in
            journal.note("\(event) begins")
            guard event == "hang" else { return }
            do {
                try await Task.sleep(for: .seconds(600))
            } catch {
                journal.note("cancelled")
                throw error
            }
        }
        _ = session.deliver(.text("hang"))
        _ = session.deliver(.text("waits"))
        #expect(session.look(now: .now + .seconds(31)) == nil)
        _ = session.deliver(.text("late"))
        _ = session.deliver(.disconnected(.internalError))
        let expected = [
            "hang begins", "close 1011 the server took too long", "cancelled", "disconnected 1011 begins",
        ]
        #expect(await journal.lines(count: 4).sorted() == expected.sorted())
        #expect(journal.lines.first == expected.first)
        #expect(journal.lines.last == expected.last)
    }

    @Test("A handler that does not heed its cancellation is told of the end when it returns, in a task of its own")
    func stubborn() async {
        let session = session { [journal, gate] event, _ in
            if event == "hang" {
                // Waits, cancelled or not.
                await withCheckedContinuation { continuation in
                    Task {
                        await gate.pass()
                        continuation.resume()
                    }
                }
            } else {
                await Task.yield()
            }
            journal.note("\(event), cancelled: \(Task.isCancelled)")
        }
        _ = session.deliver(.text("hang"))
        #expect(session.look(now: .now + .seconds(31)) == nil)
        _ = session.deliver(.disconnected(.internalError))
        #expect(journal.lines == ["close 1011 the server took too long"])
        gate.open()
        #expect(
            await journal.lines(count: 3).dropFirst()
                == ["hang, cancelled: true", "disconnected 1011, cancelled: false"]
        )
        // The new task has asked to be looked at, as any that suspends.
        #expect(wishCount == 2)
    }

    @Test("A full session that is given up has room again, so that the client's answer to the close is read")
    func room() async {
        let session = session { [gate] _, _ in await gate.pass() }
        session.onDrained { [journal] in journal.note("drained") }
        _ = session.deliver(.connected)
        for _ in 0..<64 { _ = session.deliver(.text("waits")) }
        #expect(session.look(now: .now + .seconds(31)) == nil)
        #expect(journal.lines == ["close 1011 the server took too long", "drained"])
        gate.open()
    }

    @Test("Each event has the whole time")
    func eachEvent() async throws {
        let begun = Watched(0)
        let session = session { [gate] event, _ in
            begun.update { $0 += 1 }
            if event == "connected" { try await Task.sleep(for: .milliseconds(300)) } else { await gate.pass() }
        }
        let start = ContinuousClock.now
        _ = session.deliver(.connected)
        _ = session.deliver(.text("second"))
        #expect(await begun.wait(timeout: .seconds(20)) { $0 == 2 ? () : nil } != nil)
        let next = try #require(session.look(now: .now))
        #expect(next >= start + .milliseconds(300) + .seconds(30))
        gate.open()
    }

    @Test("Waiting to join does not count")
    func joins() async throws {
        let transport = WaitingTransport()
        let layer = InMemoryChannelLayer()
        let connection = Connection(
            channel: layer.newConnectionChannel(),
            scope: Scope(path: "/test"),
            layer: layer,
            transport: transport
        )
        let session = ConsumerKind { _ in
            ScriptedConsumer { [journal, gate] _, connection in
                try await connection.join("room")
                journal.note("joined")
                await gate.pass()
            }
        }
        .session(connection, limit: ConsumerTimeLimit(duration: .seconds(30)) { _, _ in })
        _ = session.deliver(.connected)
        let now = ContinuousClock.now
        for minutes in 1...5 {
            let look = now + .seconds(60 * minutes)
            #expect(try #require(session.look(now: look)) > look + .seconds(29))
        }
        transport.finishJoin()
        #expect(await journal.lines(count: 1) == ["joined"])
        #expect(transport.closes == 0)
        #expect(session.look(now: .now + .seconds(31)) == nil)
        #expect(transport.closes == 1)
        gate.open()
    }
}

/// A transport whose joins take until a test says so.
private final class WaitingTransport: ConnectionTransport {
    private struct State {
        var join: (@Sendable (Result<Void, ChannelLayerError>) -> Void)?
        var closes = 0
    }

    private let state = Mutex(State())

    var closes: Int { state.withLock { $0.closes } }

    func finishJoin() {
        state.withLock { $0.join.take() }?(.success(()))
    }

    func send(_ frame: OutboundFrame) {}

    func ping(_ mark: UInt64) {}

    func close(_ code: CloseCode, reason: String) {
        state.withLock { $0.closes += 1 }
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        state.withLock { $0.join = whenDone }
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        from start: HistoryStart,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        join(group, as: person, whenDone: whenDone)
    }

    func leave(_ group: GroupName) {}
}
