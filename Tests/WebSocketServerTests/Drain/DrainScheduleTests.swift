import NIOCore
import Testing

@testable import WebSocketServer

@Suite("Drain schedule")
struct DrainScheduleTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    @Test("elements come in order, evenly, the first at once, and each once")
    func even() {
        var schedule = DrainSchedule(Array(0..<10), over: .seconds(1), from: Self.at(0))
        #expect(schedule.popDue(now: Self.at(0)) == [0])
        #expect(schedule.next(after: Self.at(0)) == Self.at(100))
        #expect(schedule.popDue(now: Self.at(99)) == [])
        #expect(schedule.popDue(now: Self.at(100)) == [1])
        #expect(schedule.popDue(now: Self.at(450)) == [2, 3, 4])
        #expect(schedule.next(after: Self.at(450)) == Self.at(500))
        #expect(schedule.popDue(now: Self.at(900)) == [5, 6, 7, 8, 9])
        #expect(schedule.next(after: Self.at(900)) == nil)
        #expect(schedule.popDue(now: Self.at(5000)) == [])
    }

    @Test("no time: all at once")
    func noTime() {
        var schedule = DrainSchedule(Array(0..<1000), over: .zero, from: Self.at(0))
        #expect(schedule.popDue(now: Self.at(0)).count == 1000)
        #expect(schedule.next(after: Self.at(0)) == nil)
    }

    @Test("nobody: nothing to wait for")
    func nobody() {
        var schedule = DrainSchedule([Int](), over: .seconds(10), from: Self.at(0))
        #expect(schedule.popDue(now: Self.at(0)) == [])
        #expect(schedule.next(after: Self.at(0)) == nil)
    }

    @Test("many: few visits serve them all, none far too early or late, over hours too", arguments: [1, 3600])
    func many(seconds: Int64) {
        let count = 100_000
        var schedule = DrainSchedule(Array(0..<count), over: .seconds(seconds), from: Self.at(0))
        var now = Self.at(0)
        var taken = 0
        var visits = 0
        while true {
            taken += schedule.popDue(now: now).count
            visits += 1
            let share = Double((now - Self.at(0)).nanoseconds) / Double(seconds * 1_000_000_000)
            #expect(abs(Double(taken) - share * Double(count)) <= 2)
            guard let next = schedule.next(after: now) else { break }
            #expect(next - now >= .milliseconds(10))
            now = next
        }
        #expect(taken == count)
        #expect(visits <= Int(seconds) * 100 + 1)
        #expect(now <= Self.at(seconds * 1000))
    }
}
