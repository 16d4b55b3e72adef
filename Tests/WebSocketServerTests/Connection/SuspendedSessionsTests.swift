import Consumers
import Testing

@testable import WebSocketServer

@Suite("Suspended sessions")
struct SuspendedSessionsTests {
    private final class Session: ConsumerSession {
        func deliver(_ event: ConsumerEvent) -> SessionPressure { .open }
        func onDrained(_ resume: @escaping @Sendable () -> Void) {}
        func look(now: ContinuousClock.Instant) -> ContinuousClock.Instant? { nil }
    }

    private let start = ContinuousClock.now

    @Test("sessions come when it is their time, in whatever order they were added, and once")
    func due() {
        var sessions = SuspendedSessions()
        let (first, second, third) = (Session(), Session(), Session())
        sessions.append(third, at: start + .seconds(3))
        sessions.append(first, at: start + .seconds(1))
        sessions.append(second, at: start + .seconds(2))
        let none = sessions.popDue(now: start)
        #expect(none.isEmpty)
        let two = sessions.popDue(now: start + .seconds(2))
        #expect(two.map { ObjectIdentifier($0) } == [first, second].map { ObjectIdentifier($0) })
        let last = sessions.popDue(now: start + .seconds(9))
        #expect(last.map { ObjectIdentifier($0) } == [ObjectIdentifier(third)])
        #expect(sessions.count == 0)
    }

    @Test("sessions that are gone are not kept")
    func weak() {
        var sessions = SuspendedSessions()
        do {
            let session = Session()
            sessions.append(session, at: start)
        }
        let due = sessions.popDue(now: start)
        #expect(due.isEmpty)
    }
}
