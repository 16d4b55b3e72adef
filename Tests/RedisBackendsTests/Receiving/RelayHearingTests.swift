import Testing

@testable import RedisBackends

@Suite("Relay hearing")
struct RelayHearingTests {
    private static let start = ContinuousClock.now
    private var hearing = RelayHearing(limit: .seconds(2))

    private func at(_ seconds: Double) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

    /// Sends a probe that Redis takes; returns its number.
    private mutating func probe(_ seconds: Double) -> UInt64? {
        guard case .send(let serial) = hearing.visit(at: at(seconds)).step else { return nil }
        hearing.taken(serial)
        return serial
    }

    @Test("Nothing is proven before a probe has come back; each comes back once")
    mutating func proof() throws {
        #expect(!hearing.isProven)
        let serial = try #require(probe(0))
        #expect(!hearing.isProven)
        let heard = hearing.heard(serial, at: at(0.25))
        #expect(heard == .init(roundTrip: .seconds(0.25), missed: nil))
        #expect(hearing.isProven)
        #expect(hearing.heard(serial, at: at(0.5)) == nil)
        #expect(hearing.heard(99, at: at(0.5)) == nil)
    }

    @Test("Deaf at the worst moment: overdue less than five seconds later, with the interval of two seconds")
    mutating func overdue() throws {
        let serial = try #require(probe(0))
        _ = hearing.heard(serial, at: at(0.001))
        // Deaf from here on.
        _ = probe(2)
        #expect(hearing.overdue(at: at(3.9)) == nil)
        #expect(hearing.overdue(at: at(4)) == .seconds(2))
        #expect(hearing.overdue(at: at(5)) == .seconds(3))
    }

    @Test("At the default interval deafness shows after four seconds, whenever it begins", arguments: 0..<20)
    mutating func defaults(tenths: Int) throws {
        let interval = RedisChannelLayerConfiguration().probeInterval
        hearing = RelayHearing(limit: interval)
        let deafness = Double(tenths) / 10 + 0.05
        var found: Double?
        for tenth in 0..<100 where found == nil {
            let now = Double(tenth) / 10
            if tenth.isMultiple(of: Int(interval / .milliseconds(100))), let serial = probe(now), now < deafness {
                _ = hearing.heard(serial, at: at(now))
            }
            if hearing.overdue(at: at(now)) != nil { found = now }
        }
        #expect(try #require(found) - deafness < 4)
    }

    @Test("Each overdue probe is counted once, and when silence lasts only a new connection helps")
    mutating func silence() {
        _ = probe(0)
        #expect(hearing.visit(at: at(1.9)) == .init(step: .send(2), newlyOverdue: 0))
        #expect(hearing.visit(at: at(2)) == .init(step: .send(3), newlyOverdue: 1))
        #expect(hearing.visit(at: at(4)) == .init(step: .send(4), newlyOverdue: 2))
        #expect(hearing.visit(at: at(6)) == .init(step: .reconnect(silence: .seconds(6)), newlyOverdue: 1))
        // Asked for once; what went before is forgotten.
        #expect(hearing.overdue(at: at(6)) == nil)
        #expect(hearing.visit(at: at(8)) == .init(step: .send(5), newlyOverdue: 0))
    }

    @Test("A slow Redis, which takes no probe either, is not cured by a new connection")
    mutating func slow() {
        for second in 0..<10 {
            let visit = hearing.visit(at: at(Double(second)))
            guard case .send = visit.step else {
                Issue.record("gave up after \(second) s")
                return
            }
        }
        #expect(hearing.overdue(at: at(10)) != nil)
    }

    @Test("A probe that could not be published is not waited for")
    mutating func failed() throws {
        guard case .send(let serial) = hearing.visit(at: at(0)).step else { return }
        hearing.failed(serial)
        #expect(hearing.overdue(at: at(10)) == nil)
        let next = try #require(probe(2))
        #expect(hearing.heard(next, at: at(2)) == .init(roundTrip: .zero, missed: nil))
    }

    @Test("A late probe missed nothing; one that was overtaken was lost, and messages with it")
    mutating func missed() throws {
        let first = try #require(probe(0))
        _ = hearing.heard(first, at: at(0))
        let late = try #require(probe(2))
        #expect(hearing.heard(late, at: at(5))?.missed == nil)
        _ = probe(5)
        let overtaking = try #require(probe(7))
        #expect(hearing.heard(overtaking, at: at(7.5)) == .init(roundTrip: .seconds(0.5), missed: .seconds(2.5)))
        #expect(hearing.overdue(at: at(20)) == nil)
    }

    @Test("A lost connection is a gap that lasts from the last proof to the new subscriptions, and proves nothing")
    mutating func lost() throws {
        let first = try #require(probe(0))
        _ = hearing.heard(first, at: at(0))
        let swallowed = try #require(probe(2))
        hearing.lost(at: at(3))
        #expect(!hearing.isProven && hearing.overdue(at: at(9)) == nil)
        #expect(hearing.restored(at: at(10)) == .seconds(10))
        #expect(hearing.heard(swallowed, at: at(10)) == nil && !hearing.isProven)
        let next = try #require(probe(10))
        #expect(hearing.heard(next, at: at(10)) == .init(roundTrip: .zero, missed: nil))
        #expect(hearing.isProven)
        // Lost and back so quickly that nothing was heard in between.
        hearing.lost(at: at(11))
        #expect(hearing.restored(at: at(11.5)) == .seconds(1.5))
    }

    @Test("A process that was stopped looks at what came meanwhile before it calls itself deaf")
    mutating func stopped() throws {
        let serial = try #require(probe(0))
        #expect(hearing.visit(at: at(60)) == .init(step: .send(2), newlyOverdue: 0))
        #expect(hearing.overdue(at: at(60)) == nil)
        #expect(hearing.heard(serial, at: at(60.1))?.missed == nil)
    }
}
