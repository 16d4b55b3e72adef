import Testing

@testable import Redis

/// When a link connects, waits and stops.
@Suite("Reconnect state machine")
struct ReconnectStateMachineTests {
    /// Yields the upper bound of every pause, near enough.
    private struct Always: RandomNumberGenerator {
        func next() -> UInt64 { .max }
    }

    private func makeMachine() -> ReconnectStateMachine<Always> {
        ReconnectStateMachine(bounds: .init(initial: .seconds(1), maximum: .seconds(4)), source: Always())
    }

    private func seconds(_ action: ReconnectStateMachine<Always>.LossAction) -> Int? {
        guard case .retry(let pause) = action else { return nil }
        return Int((pause / .seconds(1)).rounded())
    }

    @Test("Failed attempts are repeated with growing pauses; a short-lived connection does not shorten them")
    func growingPauses() {
        var machine = makeMachine()
        #expect(machine.start() == .connect)
        #expect(seconds(machine.connectFailed()) == 1)
        #expect(machine.pauseEnded() == .connect)
        #expect(seconds(machine.connectFailed()) == 2)
        #expect(machine.pauseEnded() == .connect)
        #expect(machine.connected() == .use)
        #expect(seconds(machine.lost(after: .seconds(1))) == 4)
        #expect(machine.pauseEnded() == .connect)
        #expect(machine.connected() == .use)
        #expect(seconds(machine.lost(after: .seconds(60))) == 1)
    }

    @Test("Stopped while connected: the loss of the connection is the end")
    func stopConnected() {
        var machine = makeMachine()
        #expect(machine.start() == .connect)
        #expect(machine.connected() == .use)
        #expect(machine.stop() == .close)
        #expect(machine.stop() == .none)
        #expect(machine.lost(after: .zero) == .finish)
        #expect(machine.lost(after: .zero) == .none)
        #expect(machine.stop() == .none)
    }

    @Test("Stopped during an attempt: it ends at once, and the late connection is discarded")
    func stopConnecting() {
        var machine = makeMachine()
        #expect(machine.start() == .connect)
        #expect(machine.stop() == .finish)
        #expect(machine.connected() == .discard)
        #expect(machine.connectFailed() == .none)
    }

    @Test("Stopped during a pause: it ends at once, and the timer that still fires does nothing")
    func stopWaiting() {
        var machine = makeMachine()
        #expect(machine.start() == .connect)
        #expect(machine.connectFailed() != .none)
        #expect(machine.stop() == .finish)
        #expect(machine.pauseEnded() == .none)
    }

    @Test("Stopped before the start: the start finishes; a second start is refused")
    func stopFirstOrStartTwice() {
        var stopped = makeMachine()
        #expect(stopped.stop() == .finish)
        #expect(stopped.start() == .finish)
        var started = makeMachine()
        #expect(started.start() == .connect)
        #expect(started.start() == .refuse)
    }
}
