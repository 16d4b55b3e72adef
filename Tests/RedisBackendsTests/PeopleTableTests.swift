import ChannelLayers
import MusterTesting
import Testing

@testable import RedisBackends

struct PeopleTableTests {
    private let start = ContinuousClock.now
    private let presence = PresenceMessage()
    private var bob: Person { get throws { Person(try UserName("bob"), presence: presence) } }
    private var key: PeopleTable.Key { get throws { PeopleTable.Key(group: "g", user: try UserName("bob")) } }
    private let tab = ChannelName(front: "specific.f", serial: 1)
    private let other = ChannelName(front: "specific.f", serial: 2)

    /// A table with a person whom Redis has.
    private func written() throws -> PeopleTable {
        var table = PeopleTable(grace: .seconds(5))
        _ = table.join(tab, to: "g", as: try bob, now: start)
        write(&table)
        return table
    }

    @discardableResult
    private func write(
        _ table: inout PeopleTable,
        _ outcome: PeopleTable.Outcome = .written(refused: [])
    ) -> PeopleTable.Batch {
        let batch = table.takeBatch(limit: 100) { _ in true }
        table.settle(batch, outcome)
        return batch
    }

    @Test("The first channel of a person is written, the group listed with it; a second channel costs nothing")
    func firstChannel() throws {
        var table = PeopleTable(grace: .seconds(5))
        let (isFirst, isSecond) = (
            table.join(tab, to: "g", as: try bob, now: start), table.join(other, to: "g", as: try bob, now: start)
        )
        #expect(isFirst && !isSecond)
        let batch = write(&table)
        #expect(batch.arrivals == [PeopleTable.Arrival(key: try key, told: presence)])
        #expect(batch.listed == ["g": presence])
        table.leave(tab, from: "g", now: start)
        #expect(table.nextDeparture == nil)
        #expect(write(&table).isEmpty)
    }

    @Test("Whoever comes back within the grace period costs nothing; whoever does not is removed, and then the listing")
    func grace() throws {
        var table = try written()
        table.leave(tab, from: "g", now: start)
        #expect(table.nextDeparture == start + .seconds(5))
        _ = table.join(other, to: "g", as: try bob, now: start + .seconds(4))
        table.endGraces(now: start + .seconds(6))
        #expect(write(&table).isEmpty)
        table.leave(other, from: "g", now: start + .seconds(7))
        table.endGraces(now: start + .seconds(12))
        let batch = write(&table)
        #expect(batch.departures == [PeopleTable.Departure(key: try key, told: presence)])
        #expect(batch.unlisted == [] && !table.isSettled)
        let last = write(&table)
        #expect(last.unlisted == ["g"] && last.isListingEmpty)
        #expect(table.isSettled && !table.isKnown("g"))
    }

    @Test("Whoever comes and goes while Redis is away costs nothing")
    func neverWritten() throws {
        var table = PeopleTable(grace: .zero)
        _ = table.join(tab, to: "g", as: try bob, now: start)
        table.leave(tab, from: "g", now: start)
        table.endGraces(now: start)
        #expect(table.isSettled)
        #expect(write(&table).isEmpty)
    }

    @Test("Whoever is new is written when the group is heard here; whoever is known is written again in any case")
    func reachable() throws {
        var table = PeopleTable(grace: .seconds(5))
        _ = table.join(tab, to: "g", as: try bob, now: start)
        #expect(table.takeBatch(limit: 100) { _ in false }.isEmpty)
        write(&table)
        table.doubt()
        table.resolve(.kept, stamp: table.stamp, now: start)
        #expect(table.takeBatch(limit: 100) { _ in false }.arrivals.count == 1)
    }

    @Test("While Redis is in doubt nothing is written; an answer to an older doubt ends none")
    func doubt() throws {
        var table = try written()
        table.doubt()
        let old = table.stamp
        table.doubt()
        #expect(table.takeBatch(limit: 100) { _ in true }.isEmpty)
        table.resolve(.kept, stamp: old, now: start)
        #expect(table.isInDoubt)
        table.resolve(.kept, stamp: table.stamp, now: start)
        let batch = write(&table)
        #expect(batch.stamp == table.stamp && batch.listed == ["g": presence] && batch.arrivals.map(\.told) == [nil])
    }

    @Test("After Redis was emptied nobody is told again; those whom others took for gone are")
    func aftermath() throws {
        for (aftermath, told) in [(PeopleTable.Aftermath.emptied, nil), (.kept, nil), (.reaped, presence)] {
            var table = try written()
            table.doubt()
            table.resolve(aftermath, stamp: table.stamp, now: start)
            #expect(write(&table).arrivals == [PeopleTable.Arrival(key: try key, told: told)])
        }
    }

    @Test("Whoever left while Redis was being emptied comes back for a grace period, so that the leaving is told")
    func leftMeanwhile() throws {
        var table = try written()
        table.leave(tab, from: "g", now: start)
        table.endGraces(now: start + .seconds(5))
        table.doubt()
        table.resolve(.emptied, stamp: table.stamp, now: start + .seconds(6))
        #expect(write(&table).arrivals == [PeopleTable.Arrival(key: try key, told: nil)])
        #expect(table.nextDeparture == start + .seconds(11))
        table.endGraces(now: start + .seconds(11))
        #expect(write(&table).departures == [PeopleTable.Departure(key: try key, told: presence)])
    }

    @Test("Whoever comes back while the leaving is on its way is written and told anew")
    func backInFlight() throws {
        for outcome in [PeopleTable.Outcome.written(refused: []), .lost] {
            var table = try written()
            table.leave(tab, from: "g", now: start)
            table.endGraces(now: start + .seconds(5))
            let leaving = table.takeBatch(limit: 100) { _ in true }
            #expect(leaving.departures.count == 1)
            _ = table.join(other, to: "g", as: try bob, now: start + .seconds(5))
            table.settle(leaving, outcome)
            #expect(write(&table).arrivals == [PeopleTable.Arrival(key: try key, told: presence)])
            #expect(write(&table).isEmpty)
        }
    }

    @Test("What Redis refuses waits to be asked for, what is lost does not")
    func refused() throws {
        var table = PeopleTable(grace: .seconds(5))
        _ = table.join(tab, to: "g", as: try bob, now: start)
        write(&table, .written(refused: [try key]))
        #expect(write(&table).isEmpty)
        table.retryRefused()
        #expect(write(&table, .lost).arrivals.count == 1)
        let again = write(&table)
        #expect(again.arrivals == [PeopleTable.Arrival(key: try key, told: presence)])
    }

    @Test("A doubt ends when everybody is written again, and not before; who comes and goes makes none")
    func proven() throws {
        var table = PeopleTable(grace: .zero)
        table.doubt()
        #expect(table.isProven, "nobody is there")
        _ = table.join(tab, to: "g", as: try bob, now: start)
        #expect(table.isProven)
        write(&table)
        table.doubt()
        #expect(!table.isProven)
        table.resolve(.emptied, stamp: table.stamp, now: start)
        #expect(!table.isProven)
        write(&table, .lost)
        #expect(!table.isProven)
        write(&table)
        #expect(table.isProven)
        table.doubt()
        table.resolve(.kept, stamp: table.stamp, now: start)
        table.leave(tab, from: "g", now: start)
        table.endGraces(now: start)
        #expect(!table.isProven)
        write(&table)
        #expect(table.isProven)
    }

    @Test("Whom Redis refuses it owes, but for those in whose place something else is")
    func owed() throws {
        for isBlocked in [true, false] {
            var table = PeopleTable(grace: .zero)
            _ = table.join(tab, to: "g", as: try bob, now: start)
            write(&table, .written(refused: [try key], blocked: isBlocked ? [try key] : []))
            #expect(table.isProven == isBlocked)
            table.doubt()
            table.resolve(.kept, stamp: table.stamp, now: start)
            #expect(!table.isProven)
            write(&table, .written(refused: [try key], blocked: isBlocked ? [try key] : []))
            #expect(table.isProven == isBlocked)
            table.retryRefused()
            write(&table)
            #expect(table.isProven)
        }
    }

    @Test("A listing's mark reads back as it was written")
    func mark() {
        for mark in [ListingMark.reaped, .kept(stamp: 1), .kept(stamp: 42)] { #expect(ListingMark(mark.text) == mark) }
        #expect(ListingMark("kept") == .kept(stamp: 0))
    }

    @Test("At a shutdown everybody leaves after the grace period, or at the latest instant if that is sooner")
    func leaveAll() throws {
        var table = try written()
        _ = table.join(other, to: "g", as: Person(try UserName("ann")), now: start)
        write(&table)
        table.leave(tab, from: "g", now: start)
        table.leaveAll(now: start + .seconds(3), latest: start + .seconds(6))
        #expect(table.nextDeparture == start + .seconds(5))
        table.endGraces(now: start + .seconds(5))
        #expect(write(&table).departures.map(\.key) == [try key])
        table.endGraces(now: start + .seconds(6))
        #expect(write(&table).departures.map(\.key.user) == [try UserName("ann")])
        write(&table)
        #expect(table.isSettled)
    }

    @Test("A listing says how leaving is told, and survives any text")
    func shape() throws {
        for presence in [presence, PresenceMessage(joined: "", left: "a b\"\n", field: "ü {}")] {
            let shape = PresenceShape(stamp: 7, presence: presence)
            #expect(PresenceShape(try shape.text()) == shape)
        }
        #expect(PresenceShape("{\"stamp\": 3}") == PresenceShape(stamp: 3, presence: nil))
        #expect(PresenceShape("junk").message(left: "bob") == nil)
        let front = FrontName("f1")
        #expect(FrontEntry.find(front, in: "f11:2 f1:3 f2:1") == "f1:3")
        #expect(FrontEntry.find(front, in: "f11:2") == nil)
    }
}
