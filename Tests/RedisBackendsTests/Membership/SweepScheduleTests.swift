import Testing

@testable import RedisBackends

@Suite("When a host is looked through")
struct SweepScheduleTests {
    private let start = ContinuousClock.now
    private var schedule = SweepSchedule(lease: .seconds(6))

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private mutating func step(_ now: Int, mayLook: Bool = true, isWanted: Bool = false) -> SweepSchedule.Step {
        schedule.step(now: at(now), mayLook: mayLook, isWanted: isWanted)
    }

    @Test(
        "After a doubt once more when a lease has passed, with everything written again; after the first there is none"
    )
    mutating func lateLook() {
        #expect(step(0) == .wait(until: nil))
        #expect(step(0, isWanted: true) == .sweep(writesFirst: false))
        #expect(schedule.swept(1, wasWanted: true, now: at(0)) == nil)
        #expect(step(1, isWanted: true) == .sweep(writesFirst: false))
        #expect(schedule.swept(2, wasWanted: true, now: at(1)) == at(7))
        #expect(step(3) == .wait(until: at(7)))
        #expect(step(7) == .sweep(writesFirst: true))
        #expect(schedule.swept(2, wasWanted: false, now: at(8)) == nil)
        #expect(step(20) == .wait(until: nil))
    }

    @Test("While the host is away nothing is waited for, least of all a time that has passed")
    mutating func outage() {
        #expect(schedule.swept(2, wasWanted: true, now: at(0)) == at(6))
        #expect(step(5, mayLook: false) == .wait(until: nil))
        #expect(step(6, mayLook: false) == .wait(until: nil))
        #expect(step(9, mayLook: false, isWanted: true) == .wait(until: nil))
        #expect(step(10, isWanted: true) == .sweep(writesFirst: false))
        #expect(schedule.swept(3, wasWanted: true, now: at(11)) == at(17))
    }

    @Test("A late look that fails is repeated, without writing everything again each time")
    mutating func failedLateLook() {
        #expect(schedule.swept(2, wasWanted: true, now: at(0)) == at(6))
        #expect(step(6) == .sweep(writesFirst: true))
        #expect(step(7) == .sweep(writesFirst: false))
        #expect(step(8, mayLook: false) == .wait(until: nil))
        #expect(step(9) == .sweep(writesFirst: false))
        #expect(schedule.swept(2, wasWanted: false, now: at(9)) == nil)
        #expect(step(10) == .wait(until: nil))
    }
}
