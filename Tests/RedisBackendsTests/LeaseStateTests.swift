import Testing

@testable import RedisBackends

/// What a front concludes from the answers to its heartbeats.
@Suite("Lease")
struct LeaseStateTests {
    private let start = ContinuousClock.now

    /// A lease of 6 s with heartbeats of 2 s over its first connection.
    private func connected() -> LeaseState {
        var state = LeaseState(lease: .seconds(6), heartbeat: .seconds(2), longestPause: .seconds(2))
        state.connectionChanged()
        return state
    }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// One heartbeat that Redis answers at once.
    private func beat(
        _ state: inout LeaseState,
        _ finding: LeaseState.Finding,
        at seconds: Int,
        isAsked: Bool = false
    ) -> ReconcileReason? {
        state.renewed(finding, isAsked: isAsked, attempt: state.attempt(now: at(seconds)))
    }

    @Test("Before the first renewal nothing is confirmed, and the front is not ready")
    func fresh() {
        var state = connected()
        #expect(!state.isConfirmed)
        #expect(state.fault(now: start) == "lease: not taken yet")
        #expect(beat(&state, .new, at: 0) == .connected)
        #expect(state.isConfirmed)
        #expect(state.fault(now: at(1)) == nil)
    }

    @Test("While it is held there is nothing to do, unless somebody asks")
    func held() {
        var state = connected()
        _ = beat(&state, .new, at: 0)
        #expect(beat(&state, .held, at: 2) == nil)
        #expect(beat(&state, .held, at: 4, isAsked: true) == .asked)
        #expect(beat(&state, .held, at: 6) == nil)
    }

    @Test(
        "What Redis found decides why to reconcile",
        arguments: [
            (LeaseState.Finding.lapsed, ReconcileReason.leaseLapsed), (.reaped, .reaped), (.new, .emptied),
        ]
    )
    func lost(finding: LeaseState.Finding, reason: ReconcileReason) {
        var state = connected()
        _ = beat(&state, .new, at: 0)
        // More than an operator's wish.
        #expect(beat(&state, finding, at: 2, isAsked: true) == reason)
        #expect(beat(&state, .held, at: 4) == nil)
    }

    @Test("A new connection is confirmed by its own first renewal alone")
    func reconnected() {
        var state = connected()
        _ = beat(&state, .new, at: 0)
        let late = state.attempt(now: at(2))
        state.connectionChanged()
        #expect(!state.isConfirmed)
        // The answer came just before the loss, and was looked at after it.
        _ = state.renewed(.held, isAsked: false, attempt: late)
        #expect(!state.isConfirmed)
        #expect(beat(&state, .held, at: 3) == .connected)
        #expect(state.isConfirmed)
        #expect(beat(&state, .held, at: 5) == nil)
    }

    @Test("Held, but this side has not heard so for longer than a lease: an answer that it had lapsed may be lost")
    func lostAnswer() {
        var state = connected()
        _ = beat(&state, .new, at: 0)
        state.connectionChanged()
        #expect(beat(&state, .held, at: 7) == .leaseLapsed)
        #expect(beat(&state, .held, at: 9) == nil)
    }

    @Test("A lapsed lease is one even over a new connection")
    func lapsedWhileAway() {
        var state = connected()
        _ = beat(&state, .new, at: 0)
        state.connectionChanged()
        #expect(beat(&state, .reaped, at: 1) == .reaped)
        #expect(state.isConfirmed)
    }

    @Test("Whoever's own lease has lapsed takes nobody for dead until the others have had the time to come back")
    func patience() {
        var state = connected()
        _ = beat(&state, .new, at: 0)
        #expect(state.mayReap(now: at(4)))
        _ = beat(&state, .lapsed, at: 10)
        #expect(!state.mayReap(now: at(15)))
        #expect(state.mayReap(now: at(16)))
        // The answer that it had lapsed was lost.
        _ = beat(&state, .held, at: 30)
        #expect(!state.mayReap(now: at(35)))
        #expect(state.mayReap(now: at(36)))
        // Others were there to remove its members: Redis was not away.
        _ = beat(&state, .reaped, at: 36)
        #expect(state.mayReap(now: at(36)))
    }

    @Test("Over a new connection nobody is taken for dead until the others have had the time to connect, too")
    func patienceAfterConnecting() {
        var state = connected()
        #expect(!state.mayReap(now: at(100)))
        // One heartbeat and the longest pause between two attempts to connect.
        _ = beat(&state, .new, at: 0)
        #expect(!state.mayReap(now: at(3)))
        #expect(state.mayReap(now: at(4)))
        state.connectionChanged()
        #expect(!state.mayReap(now: at(5)))
        // Its own lease was held throughout; another's may have had less time left.
        _ = beat(&state, .held, at: 5)
        #expect(!state.mayReap(now: at(8)))
        _ = beat(&state, .held, at: 7)
        #expect(state.mayReap(now: at(9)))
        // A short lease is waited for, no longer.
        var short = LeaseState(lease: .seconds(2), heartbeat: .seconds(1), longestPause: .seconds(2))
        _ = beat(&short, .new, at: 0)
        #expect(short.mayReap(now: at(2)))
        // After a lapse it waits as long as a lease, though the connection is new.
        state.connectionChanged()
        _ = beat(&state, .lapsed, at: 20)
        #expect(!state.mayReap(now: at(25)))
        #expect(state.mayReap(now: at(26)))
    }

    @Test("After a stop of longer than a lease nothing is written before a heartbeat, though the connection stands")
    func stopped() {
        var state = connected()
        #expect(!state.mayWrite(now: start))
        _ = beat(&state, .new, at: 0)
        #expect(state.mayWrite(now: at(6)))
        #expect(!state.mayWrite(now: at(7)))
        #expect(beat(&state, .lapsed, at: 8) == .leaseLapsed)
        #expect(state.mayWrite(now: at(8)))
        // What was refused once is no leave to write after the next stop.
        _ = state.refused("OOM command not allowed", attempt: state.attempt(now: at(10)))
        #expect(state.mayWrite(now: at(100)))
        _ = beat(&state, .held, at: 12)
        #expect(state.mayWrite(now: at(18)))
        #expect(!state.mayWrite(now: at(19)))
        state.connectionChanged()
        #expect(!state.mayWrite(now: at(12)))
    }

    @Test("Late heartbeats are told before the lease lapses, and after; one heartbeat without an answer is not late")
    func late() {
        var state = connected()
        _ = beat(&state, .new, at: 0)
        #expect(state.fault(now: at(4)) == nil)
        #expect(state.fault(now: start + .milliseconds(5100))?.hasPrefix("lease about to lapse") == true)
        #expect(state.fault(now: at(9)) == "lease lapsed: the last heartbeat that Redis took is 9 s ago")
        _ = beat(&state, .lapsed, at: 9)
        #expect(state.fault(now: at(9)) == nil)
    }

    @Test("What Redis refuses is told until it renews again")
    func refused() {
        var state = connected()
        _ = state.refused("READONLY You can't write against a read only replica.", attempt: state.attempt(now: start))
        #expect(!state.isConfirmed && state.mayWrite(now: at(100)))
        state.connectionChanged()
        #expect(!state.mayWrite(now: at(100)))
        #expect(state.fault(now: start)?.contains("READONLY") == true)
        _ = beat(&state, .new, at: 0)
        #expect(state.fault(now: at(1)) == nil)
        _ = state.refused("OOM command not allowed", attempt: state.attempt(now: at(1)))
        #expect(state.fault(now: at(1))?.contains("OOM") == true)
        _ = beat(&state, .held, at: 2)
        #expect(state.fault(now: at(2)) == nil)
    }

    @Test("A replica that refuses two heartbeats in a row is to be connected to anew, then ever more rarely")
    func demoted() {
        var state = connected()
        func refuse(_ text: String) -> Bool { state.refused(text, attempt: state.attempt(now: start)) }
        let readOnly = "READONLY You can't write against a read only replica."
        _ = beat(&state, .new, at: 0)
        #expect(!refuse(readOnly))
        #expect(!refuse("OOM command not allowed"))
        let answers = (1...64).filter { _ in refuse(readOnly) }
        #expect(answers == [2, 4, 8, 16, 32, 48, 64])
        _ = beat(&state, .held, at: 0)
        #expect(!refuse(readOnly))
        #expect(refuse(readOnly))
    }

    @Test("With a lease of two heartbeats the front is ready from one heartbeat to the next")
    func short() {
        var state = LeaseState(lease: .seconds(2), heartbeat: .seconds(1), longestPause: .seconds(2))
        state.connectionChanged()
        _ = beat(&state, .new, at: 0)
        #expect(state.fault(now: start + .milliseconds(1400)) == nil)
    }
}
