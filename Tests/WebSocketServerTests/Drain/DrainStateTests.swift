import Testing

@testable import WebSocketServer

@Suite("Drain state")
struct DrainStateTests {
    private let start = ContinuousClock.now

    @Test("told to end: unready at once, draining after the delay")
    func delay() {
        var state = DrainState.serving
        #expect(!state.isEnding)
        #expect(state.told(now: start, delay: .seconds(2)) == .wait(until: start + .seconds(2)))
        #expect(state.isEnding)
        #expect(state.woke(now: start + .seconds(1)) == .wait(until: start + .seconds(2)))
        #expect(state.woke(now: start + .seconds(2)) == .drain)
        #expect(state == .draining)
        #expect(state.isEnding)
        #expect(state.woke(now: start + .seconds(3)) == .nothing)
    }

    @Test("without a delay draining begins at once")
    func noDelay() {
        var state = DrainState.serving
        #expect(state.told(now: start, delay: .zero) == .drain)
        #expect(state == .draining)
    }

    @Test("being told again changes nothing", arguments: [Duration.zero, .seconds(2)])
    func twice(delay: Duration) {
        var state = DrainState.serving
        _ = state.told(now: start, delay: delay)
        let before = state
        #expect(state.told(now: start + .seconds(1), delay: delay) == .nothing)
        #expect(state == before)
    }

    @Test("hurry ends the delay and the draining, once")
    func hurry() {
        for delay in [Duration.zero, .seconds(2)] {
            var state = DrainState.serving
            _ = state.told(now: start, delay: delay)
            #expect(state.hurry() == .close)
            #expect(state.isEnding)
            #expect(state.hurry() == .nothing)
            #expect(state.woke(now: start + .seconds(9)) == .nothing)
        }
    }

    @Test("a hurry that comes before being told holds for what comes")
    func hurriedBefore() {
        var state = DrainState.serving
        #expect(state.hurry() == .nothing)
        #expect(!state.isEnding)
        #expect(state.hurry() == .nothing)
        #expect(state.told(now: start, delay: .seconds(2)) == .close)
        #expect(state.isEnding)
    }
}
