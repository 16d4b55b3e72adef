import ChannelLayers
import Synchronization
import Testing

@testable import Applications

struct TickerTests {
    private let layer = InMemoryChannelLayer()
    private let clock = HandTurnedClock(seconds: 100.25)
    private let seconds = Seconds()

    private func ticker() -> Ticker {
        Ticker("test", clock: clock.clock) { [seconds] _, second in seconds.append(second) }
    }

    @Test("Nothing runs before somebody listens; then each full second is told once, however many listen")
    func ticks() async throws {
        let ticker = ticker()
        #expect(clock.sleepers == 0)
        let listeners = (0..<100).map { _ in ticker.listen(on: layer) }
        try await clock.waitForSleepers(1)
        #expect(seconds.all == [])
        clock.advance(by: 0.74)
        #expect(clock.sleepers == 1)
        clock.advance(by: 0.01)
        try await clock.waitForSleepers(1)
        #expect(seconds.all == [101])
        for _ in 0..<3 {
            clock.advance(by: 1)
            try await clock.waitForSleepers(1)
        }
        #expect(seconds.all == [101, 102, 103, 104])
        _ = listeners
    }

    @Test("The timer ends with the last listener, and another starts it again")
    func ends() async throws {
        let ticker = ticker()
        var first: Ticker.Listening? = ticker.listen(on: layer)
        var second: Ticker.Listening? = ticker.listen(on: layer)
        try await clock.waitForSleepers(1)
        first = nil
        clock.advance(by: 1)
        try await clock.waitForSleepers(1)
        #expect(seconds.all == [101])
        second = nil
        clock.advance(by: 1)
        try await ticker.waitForEnd()
        #expect(seconds.all == [101])
        second = ticker.listen(on: layer)
        try await clock.waitForSleepers(1)
        clock.advance(by: 1)
        try await clock.waitForSleepers(1)
        #expect(seconds.all == [101, 103])
        #expect(first == nil && second != nil)
    }

    @Test("Those who come and go within a second share the timer that runs already")
    func flapping() async throws {
        let ticker = ticker()
        var last: Ticker.Listening?
        for _ in 0..<100 { last = ticker.listen(on: layer) }
        try await clock.waitForSleepers(1)
        clock.advance(by: 1)
        try await clock.waitForSleepers(1)
        #expect(seconds.all == [101])
        #expect(last != nil)
    }

    @Test("A slow action is not called twice at once: the seconds it took are left out")
    func slowAction() async throws {
        let gate = HandTurnedClock(seconds: 0)
        let ticker = Ticker("slow", clock: clock.clock) { [seconds] _, second in
            seconds.append(second)
            await gate.clock.sleep(.seconds(1))
        }
        let listening = ticker.listen(on: layer)
        try await clock.waitForSleepers(1)
        clock.advance(by: 1)
        try await gate.waitForSleepers(1)
        clock.advance(by: 3.5)
        #expect(gate.sleepers == 1 && clock.sleepers == 0)
        gate.advance(by: 1)
        try await clock.waitForSleepers(1)
        clock.advance(by: 1)
        try await gate.waitForSleepers(1)
        #expect(seconds.all == [101, 105])
        gate.advance(by: 1)
        _ = listening
    }

    @Test("No second is told twice when sleep ends early, and one that is set back does not stop the timer")
    func oddClocks() async throws {
        let setBack = Mutex(0)
        let odd = WallClock {
            let time = clock.clock.now()
            return WallClock.Time(whole: time.whole - setBack.withLock { $0 }, nanoseconds: time.nanoseconds)
        } sleep: { _ in
            await clock.clock.sleep(.milliseconds(400))
        }
        let ticker = Ticker("odd", clock: odd) { [seconds] _, second in seconds.append(second) }
        let listening = ticker.listen(on: layer)
        try await clock.waitForSleepers(1)
        for _ in 0..<5 {
            clock.advance(by: 0.4)
            try await clock.waitForSleepers(1)
        }
        #expect(seconds.all == [101, 102])
        setBack.withLock { $0 = 60 }
        for _ in 0..<5 {
            clock.advance(by: 0.4)
            try await clock.waitForSleepers(1)
        }
        #expect(seconds.all == [101, 102, 42, 43, 44])
        _ = listening
    }
}

private final class Seconds: Sendable {
    private let state = Mutex<[Int]>([])
    var all: [Int] { state.withLock { $0 } }
    func append(_ second: Int) { state.withLock { $0.append(second) } }
}
