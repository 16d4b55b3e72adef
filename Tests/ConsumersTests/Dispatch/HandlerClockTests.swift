import Testing

@testable import Consumers

struct HandlerClockTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test("It counts while a handler runs, from zero for each")
    func running() {
        var clock = HandlerClock()
        #expect(clock.used(now: at(5)) == .zero)
        clock.start(now: at(10))
        #expect(clock.used(now: at(13)) == .seconds(3))
        clock.stop()
        #expect(clock.used(now: at(20)) == .zero)
        clock.start(now: at(30))
        #expect(clock.used(now: at(31)) == .seconds(1))
    }

    @Test("It stands still while any join is waited for")
    func joins() {
        var clock = HandlerClock()
        clock.start(now: at(0))
        clock.joinBegins(now: at(2))
        clock.joinBegins(now: at(3))
        clock.joinEnds(now: at(60))
        #expect(clock.used(now: at(100)) == .seconds(2))
        clock.joinEnds(now: at(100))
        #expect(clock.used(now: at(101)) == .seconds(3))
    }

    @Test("A join that began before the clock did, or goes on behind a handler, counts neither")
    func across() {
        var clock = HandlerClock()
        clock.joinBegins(now: at(0))
        clock.start(now: at(1))
        #expect(clock.used(now: at(50)) == .zero)
        clock.stop()
        clock.joinEnds(now: at(51))
        #expect(clock.used(now: at(60)) == .zero)
        clock.start(now: at(60))
        #expect(clock.used(now: at(61)) == .seconds(1))
    }
}
