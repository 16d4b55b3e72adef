import ChannelLayers
import MusterTesting
import Testing

@testable import Applications

/// Random calls in random order on a desk whose clock is the test's.
struct DeskStatePropertyTests {
    private static let limits = DeskLimits(lease: .seconds(8), away: .seconds(60), places: 6)

    @Test("A customer waits, talks or does neither; versions grow with every change and with nothing else")
    func oneOfThree() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let customers = try (0..<24).map { try UserName("c\($0)") }
        let staff = try (0..<4).map { try UserName("s\($0)") }
        for _ in 0..<200 {
            var desk = DeskState(Self.limits)
            var now = 1_000_000_000
            var before = desk.snapshot
            for step in 0..<200 {
                now += Int.random(in: 0...3_000_000, using: &random)
                let customer = customers.randomElement(using: &random)!
                let name = staff.randomElement(using: &random)!
                let other = staff.randomElement(using: &random)!
                let call = Int.random(in: 0..<9, using: &random)
                switch call {
                case 0, 1: _ = desk.enter(customer, now: now)
                case 2: _ = desk.takeNext(for: name, now: now)
                case 3: _ = desk.take(customer, for: name, now: now)
                case 4: _ = desk.handOver(customer, from: name, to: other, now: now)
                case 5: _ = desk.end(customer, by: name, now: now)
                case 6: _ = desk.leave(customer, now: now)
                case 7:
                    let claim =
                        Bool.random(using: &random) ? DeskClaim(customer, staff: name, order: now) : DeskClaim(customer)
                    _ = desk.renew([claim], staff: [other], now: now)
                default: _ = desk.sweep(now: now)
                }
                let after = desk.snapshot
                let place = "call \(call), step \(step), seed \(seed)"
                let waiting = after.waiting.map(\.customer)
                let talking = after.talks.map(\.customer)
                try #require(Set(waiting + talking).count == waiting.count + talking.count, "\(place)")
                try #require(waiting.count + talking.count <= 12 && talking.count <= 6, "\(place)")
                try #require(Set(after.waiting.map(\.order)).count == waiting.count, "\(place)")
                // So that the sweep finds everyone whose staff member is gone.
                try #require(Set(after.talks.map(\.staff)).isSubset(of: after.staff), "\(place)")
                try #require(after.away.isSubset(of: talking), "\(place)")
                try #require((after.version > before.version) == (after != before), "\(place)")
                before = after
            }
        }
    }

    @Test("Everybody who is gone is out of the desk in the end")
    func allGone() throws {
        var desk = DeskState(Self.limits)
        let mia = try UserName("mia")
        for number in 0..<5 { _ = desk.enter(try UserName("c\(number)"), now: number + 1) }
        for _ in 0..<3 { _ = desk.takeNext(for: mia, now: 10) }
        for second in stride(from: 8, through: 100, by: 2) { _ = desk.sweep(now: second * 1_000_000) }
        let snapshot = desk.snapshot
        #expect(snapshot.waiting.isEmpty && snapshot.talks.isEmpty && snapshot.staff.isEmpty && snapshot.away.isEmpty)
    }

    @Test("The clock of a version is that of the change, so that a new desk's is greater than an old one's")
    func versions() throws {
        var old = DeskState(Self.limits)
        for number in 0..<100 { _ = old.enter(try UserName("c\(number)"), now: 5_000_000) }
        var new = DeskState(Self.limits)
        _ = new.enter(try UserName("ann"), now: 6_000_000)
        #expect(new.snapshot.version > old.snapshot.version)
    }
}
