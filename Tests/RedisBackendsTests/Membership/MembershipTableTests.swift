import ChannelLayers
import Testing

@testable import RedisBackends

/// Waiters are names here: a test sees who is answered.
struct MembershipTableTests {
    typealias Table = MembershipTable<String>
    typealias Batch = Table.GroupBatch

    var table = Table()
    let a = ChannelName(front: "specific.f", serial: 1)
    let b = ChannelName(front: "specific.f", serial: 2)

    /// One batch as `group +joins -leaves`.
    mutating func take(limit: Int = 500) -> (batch: [Batch], text: [String]) {
        let batch = table.takeBatch(limit: limit)
        let text = batch.map { part in
            let joins = part.joins.map { "+" + $0.channel.rawValue.dropFirst("specific.f!".count) }.sorted()
            let leaves = part.leaves.map { "-" + $0.rawValue.dropFirst("specific.f!".count) }.sorted()
            return ([part.group.rawValue] + joins + leaves).joined(separator: " ")
        }
        return (batch, text.sorted())
    }

    /// Subscribes to what is wanted.
    mutating func subscribe() {
        table.relayConfirmed(table.takeUnsubscribed())
    }

    /// Settles all of a batch alike.
    mutating func settle(_ batch: [Batch], _ outcome: Table.Outcome) -> Table.Settlement {
        batch.reduce(into: Table.Settlement()) { all, part in
            let settlement = table.settle(part, outcome)
            all.acknowledged += settlement.acknowledged
            all.refused += settlement.refused
        }
    }

    /// Writes all that is to be written; returns who is acknowledged.
    @discardableResult
    mutating func write() -> [String] {
        settle(table.takeBatch(limit: 500), .written).acknowledged
    }

    @Test("A join is written once the relay is subscribed, and acknowledged once it is written")
    mutating func join() {
        #expect(table.join(a, to: "g", now: 7, waiter: "a") == false)
        #expect(take().text == [])
        #expect(table.takeUnsubscribed() == ["g"])
        #expect(table.takeUnsubscribed() == [])
        #expect(take().text == [])
        table.relayConfirmed(["g"])
        #expect(!table.isTaken("g"))
        let (batch, text) = take()
        #expect(text == ["g +1"])
        #expect(batch.first?.joins.first?.since == 7)
        #expect(table.isTaken("g") && !table.isSettled)
        #expect(settle(batch, .written).acknowledged == ["a"])
        #expect(table.isSettled)
        #expect(take().text == [])
        #expect(table.join(a, to: "g", now: 9, waiter: "again") == true)
        #expect(table.join(b, to: "g", now: 9, waiter: "b") == false)
        #expect(table.takeUnsubscribed() == [])
        #expect(write() == ["b"])
        #expect(table.populatedGroups == ["g"])
    }

    @Test("A member that comes and goes before it was written costs Redis nothing")
    mutating func neverWritten() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        #expect(table.leave(a, from: "g") == ["a"])
        #expect(table.leave(a, from: "g") == [])
        #expect(table.takeUnsubscribed() == [])
        #expect(take().text == [])
        #expect(table.isSettled && table.populatedGroups == [])
    }

    @Test("A leave is written, and the group let go when nobody is left")
    mutating func leave() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        _ = table.join(b, to: "g", now: 0, waiter: "b")
        subscribe()
        #expect(write().sorted() == ["a", "b"])
        #expect(table.leave(a, from: "g") == [])
        let (first, firstText) = take()
        #expect(firstText == ["g -1"])
        _ = settle(first, .written)
        #expect(table.takeReleased() == [])
        #expect(table.leave(b, from: "g") == [])
        let (last, lastText) = take()
        #expect(lastText == ["g -2"])
        #expect(table.takeReleased() == [])
        _ = settle(last, .written)
        #expect(table.takeReleased() == ["g"])
        #expect(table.takeReleased() == [])
    }

    @Test("A group that is wanted again before its subscription is gone keeps it")
    mutating func releasedAndWantedAgain() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        write()
        _ = table.leave(a, from: "g")
        write()
        _ = table.join(b, to: "g", now: 0, waiter: "b")
        #expect(table.takeReleased() == [])
        subscribe()
        #expect(write() == ["b"])
    }

    @Test("Who leaves while the join is being written is removed again, and not acknowledged")
    mutating func leaveInFlight() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        let (joining, _) = take()
        #expect(table.leave(a, from: "g") == ["a"])
        #expect(settle(joining, .written).acknowledged == [])
        #expect(take().text == ["g -1"])
    }

    @Test("Who comes back while the leave is being written is written again, then acknowledged")
    mutating func rejoinInFlight() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        write()
        _ = table.leave(a, from: "g")
        let (leaving, _) = take()
        #expect(table.join(a, to: "g", now: 1, waiter: "back") == false)
        #expect(settle(leaving, .written).acknowledged == [])
        #expect(table.takeReleased() == [])
        #expect(write() == ["back"])
    }

    @Test("Who comes back and goes again before the leave was written still leaves")
    mutating func rejoinAndLeave() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        write()
        _ = table.leave(a, from: "g")
        _ = table.join(a, to: "g", now: 1, waiter: "back")
        #expect(table.leave(a, from: "g") == ["back"])
        #expect(take().text == ["g -1"])
    }

    @Test("A lost batch is written again, from what is wanted by then")
    mutating func lost() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        _ = table.join(b, to: "g", now: 0, waiter: "b")
        subscribe()
        let (batch, text) = take()
        #expect(text == ["g +1 +2"])
        #expect(table.leave(b, from: "g") == ["b"])
        #expect(settle(batch, .lost).acknowledged == [])
        let (again, againText) = take()
        #expect(againText == ["g +1 -2"])
        #expect(settle(again, .written).acknowledged == ["a"])
    }

    @Test("A refused join is told, asked for again with the next join, and written after a reconnection")
    mutating func refusedJoin() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        let (batch, _) = take()
        let settlement = settle(batch, .refused)
        #expect(settlement.refused == ["a"] && settlement.acknowledged == [])
        #expect(take().text == [])
        #expect(table.join(a, to: "g", now: 1, waiter: "second") == false)
        #expect(settle(take().batch, .refused).refused == ["second"])
        table.markAllChanged()
        #expect(take().text == ["g +1"])
    }

    @Test("What was refused is written again when that is asked for; a refused join that left costs nothing")
    mutating func retriesRefused() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        write()
        _ = table.join(b, to: "g", now: 0, waiter: "b")
        _ = table.leave(a, from: "g")
        #expect(settle(take().batch, .refused).refused == ["b"])
        #expect(table.leave(b, from: "g") == [])
        #expect(table.retryRefused() == ["g"])
        #expect(take().text == ["g -1"])
        #expect(table.retryRefused() == [])
    }

    @Test("A write that was lost and then refused may still have been made: leaving takes it back")
    mutating func lostThenRefused() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        _ = settle(take().batch, .lost)
        _ = settle(take().batch, .refused)
        _ = table.leave(a, from: "g")
        #expect(take().text == ["g -1"])
    }

    @Test("A refused leave is tried again after a reconnection")
    mutating func refusedLeave() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        write()
        _ = table.leave(a, from: "g")
        let (batch, _) = take()
        _ = settle(batch, .refused)
        #expect(table.isSettled)
        #expect(table.takeReleased() == ["g"])
        table.markAllChanged()
        let (again, text) = take()
        #expect(text == ["g -1"])
        _ = settle(again, .written)
        table.markAllChanged()
        #expect(take().text == [])
    }

    @Test("After a reconnection every member is written again, without a word to those who are in")
    mutating func reconnection() {
        _ = table.join(a, to: "g", now: 5, waiter: "a")
        _ = table.join(b, to: "h", now: 5, waiter: "b")
        subscribe()
        write()
        table.markAllChanged()
        #expect(!table.isTaken("g") && !table.isTaken("h"))
        let (batch, text) = take()
        #expect(text == ["g +1", "h +2"])
        #expect(batch.allSatisfy { $0.joins.first?.since == 5 })
        #expect(settle(batch, .written).acknowledged == [])
        #expect(table.isSettled)
    }

    @Test("A batch that a reconnection overtakes acknowledges nobody: Redis may have forgotten it")
    mutating func overtaken() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        let (batch, _) = take()
        table.markAllChanged()
        #expect(settle(batch, .written).acknowledged == [])
        #expect(write() == ["a"])
    }

    @Test("No batch is larger than the limit, and the rest comes with the next ones")
    mutating func limit() {
        let channels = (0..<25).map { ChannelName(front: "specific.f", serial: $0) }
        for channel in channels { _ = table.join(channel, to: channel == channels[0] ? "h" : "g", now: 0, waiter: "") }
        subscribe()
        var sizes: [Int] = []
        var written: Set<ChannelName> = []
        while !table.isSettled {
            let batch = table.takeBatch(limit: 10)
            sizes.append(batch.reduce(0) { $0 + $1.joins.count + $1.leaves.count })
            for part in batch {
                written.formUnion(part.joins.map(\.channel))
                _ = table.settle(part, .written)
            }
        }
        #expect(sizes == [10, 10, 5])
        #expect(written == Set(channels))
    }

    @Test("At shutdown everybody leaves, and whoever waits is told")
    mutating func leaveAll() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        write()
        _ = table.join(b, to: "g", now: 0, waiter: "b")
        _ = table.join(b, to: "h", now: 0, waiter: "bh")
        #expect(table.leaveAll().sorted() == ["b", "bh"])
        #expect(table.populatedGroups == [])
        let (batch, text) = take()
        #expect(text == ["g -1"])
        _ = settle(batch, .written)
        #expect(table.isSettled)
    }
}
