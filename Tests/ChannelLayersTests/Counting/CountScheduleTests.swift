import ChannelLayers
import Testing

struct CountScheduleTests {
    private let start = ContinuousClock.now
    private let window = Duration.milliseconds(50)

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test("The first change is announced at once, the rest of a storm when the window ends")
    func storm() {
        var schedule = CountSchedule.idle
        #expect(schedule.changed(now: at(0), window: window) == .announce)
        for moment in 1..<50 { #expect(schedule.changed(now: at(moment), window: window) == .wait(until: at(50))) }
        #expect(schedule.windowEnded(now: at(49), window: window) == .wait(until: at(50)))
        #expect(schedule.windowEnded(now: at(50), window: window) == .announce)
        #expect(schedule == .resting(until: at(100)))
        #expect(schedule.windowEnded(now: at(99), window: window) == .rest)
        #expect(schedule.windowEnded(now: at(100), window: window) == .rest)
        #expect(schedule == .idle)
        #expect(schedule.windowEnded(now: at(200), window: window) == .rest)
    }

    @Test("A change after a window whose end nobody looked at is announced at once")
    func lateChange() {
        var schedule = CountSchedule.idle
        #expect(schedule.changed(now: at(0), window: window) == .announce)
        #expect(schedule.changed(now: at(50), window: window) == .announce)
        #expect(schedule.changed(now: at(60), window: window) == .wait(until: at(100)))
        #expect(schedule.changed(now: at(100), window: window) == .announce)
        #expect(schedule == .resting(until: at(150)))
    }

    @Test("What another process announces begins a window here too")
    func anotherBegins() {
        var schedule = CountSchedule.idle
        schedule.heardAnother(now: at(0), window: window, spread: 0)
        #expect(schedule.changed(now: at(10), window: window) == .wait(until: at(50)))
        #expect(schedule.windowEnded(now: at(50), window: window) == .announce)
    }

    @Test("While others announce, a change waits, but not for more than four windows")
    func othersGoFirst() {
        var schedule = CountSchedule.idle
        #expect(schedule.changed(now: at(0), window: window) == .announce)
        #expect(schedule.changed(now: at(10), window: window) == .wait(until: at(50)))
        schedule.heardAnother(now: at(40), window: window, spread: 0.5)
        #expect(schedule.windowEnded(now: at(50), window: window) == .wait(until: at(115)))
        for moment in stride(from: 50, to: 210, by: 10) {
            schedule.heardAnother(now: at(moment), window: window, spread: 1)
        }
        #expect(schedule.windowEnded(now: at(209), window: window) == .wait(until: at(210)))
        #expect(schedule.windowEnded(now: at(210), window: window) == .announce)
    }

    @Test("What another process announces never brings an announcement forward")
    func othersDoNotHurry() {
        var schedule = CountSchedule.changed(until: at(100), latest: at(110))
        schedule.heardAnother(now: at(10), window: window, spread: 0)
        #expect(schedule == .changed(until: at(100), latest: at(110)))
        schedule.heardAnother(now: at(300), window: window, spread: 1)
        #expect(schedule.windowEnded(now: at(300), window: window) == .announce)
        schedule = .resting(until: at(500))
        schedule.heardAnother(now: at(310), window: window, spread: 1)
        #expect(schedule == .resting(until: at(500)))
    }
}
