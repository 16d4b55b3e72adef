import ChannelLayers
import Testing

@testable import RedisBackends

/// What the table does when Redis may hold more, or less, than was written.
@Suite("Membership in doubt")
struct MembershipDoubtTests {
    private var table = MembershipTable<String>()
    private let a = ChannelName(front: "specific.f", serial: 1)
    private let b = ChannelName(front: "specific.f", serial: 2)

    /// Writes one batch as `group +joins -leaves =listing`.
    private mutating func write(
        _ outcome: MembershipTable<String>.Outcome = .written,
        isListed: Bool = true
    ) -> [String] {
        let batch = table.takeBatch(limit: 500)
        for part in batch { _ = table.settle(part, outcome, isListed: isListed) }
        return batch.map { part in
            let joins = part.joins.map { "+" + $0.channel.rawValue.dropFirst("specific.f!".count) }.sorted()
            let leaves = part.leaves.map { "-" + $0.rawValue.dropFirst("specific.f!".count) }.sorted()
            return ([part.group.rawValue] + joins + leaves + (part.listing.map { ["=\($0)"] } ?? []))
                .joined(separator: " ")
        }
    }

    private mutating func join(_ channel: ChannelName, now: Double = 0) {
        _ = table.join(channel, to: "g", now: now, waiter: "")
        table.relayConfirmed(table.takeUnsubscribed())
    }

    @Test("The listing shows how many members Redis holds after each batch, and costs nothing while that stays")
    mutating func listing() {
        join(a)
        join(b)
        #expect(write() == ["g +1 +2 =2"])
        _ = table.leave(a, from: "g")
        join(a)
        #expect(write() == ["g +1"])
        _ = table.leave(a, from: "g")
        #expect(write() == ["g -1 =1"])
        _ = table.leave(b, from: "g")
        #expect(write() == ["g -2 =0"])
        #expect(table.knownGroups.isEmpty && table.isSettled)
    }

    @Test("A group whose last member may still be in Redis stays listed")
    mutating func staysListed() {
        join(a)
        #expect(write() == ["g +1 =1"])
        _ = table.leave(a, from: "g")
        #expect(write(.lost) == ["g -1 =0"])
        #expect(write(.refused) == ["g -1 =0"])
        #expect(table.isSettled && table.isKnown("g"))
        #expect(table.retryRefused() == ["g"])
        #expect(write() == ["g -1 =0"])
        #expect(!table.isKnown("g"))
    }

    @Test("A listing that Redis refused is tried again, also when the group is gone by then")
    mutating func refusedListing() {
        join(a)
        #expect(write(isListed: false) == ["g +1 =1"])
        #expect(write() == [])
        #expect(table.retryRefused() == ["g"])
        #expect(write() == ["g +1 =1"])
        _ = table.leave(a, from: "g")
        #expect(write(isListed: false) == ["g -1 =0"])
        #expect(table.retryRefused() == ["g"])
        #expect(write() == ["g =0"])
        #expect(!table.isKnown("g"))
    }

    @Test("A stranger is removed once, and its group taken off the listing; what is wanted is left alone")
    mutating func strangers() {
        table.markAllChanged()
        #expect(table.found(a, in: "g") == true)
        #expect(table.found(a, in: "g") == false)
        table.endDoubt()
        #expect(write() == ["g -1 =0"])
        #expect(!table.isKnown("g"))
        join(b)
        #expect(table.found(b, in: "g") == false)
        #expect(write() == ["g +2 =1"])
    }

    @Test("While Redis may hold strangers no group is taken off the listing; afterwards it is")
    mutating func unlistedAfterDoubt() {
        join(a)
        #expect(write() == ["g +1 =1"])
        table.markAllChanged()
        _ = table.leave(a, from: "g")
        #expect(write() == ["g -1"])
        #expect(!table.isSettled, "a shutdown waits for the end of the search")
        #expect(table.takeReleased() == [])
        table.endDoubt()
        #expect(write() == ["g =0"])
        #expect(table.takeReleased() == ["g"] && table.isSettled)
    }

    @Test("A listed group that holds nothing of this process is taken off the listing, unless it is known here")
    mutating func foundListed() {
        table.foundListed("g")
        #expect(write() == ["g =0"])
        join(a)
        table.foundListed("g")
        #expect(write() == ["g +1 =1"])
    }

    @Test("Who comes and goes in a doubt leaves no name behind, unless the search has found the group listed")
    mutating func passersBy() {
        table.markAllChanged()
        _ = table.join(a, to: "g", now: 0, waiter: "")
        _ = table.leave(a, from: "g")
        #expect(!table.isKnown("g"))
        _ = table.join(a, to: "g", now: 0, waiter: "")
        table.foundListed("g")
        _ = table.leave(a, from: "g")
        #expect(table.isKnown("g"))
        table.endDoubt()
        #expect(write() == ["g =0"])
        #expect(!table.isKnown("g"))
    }

    @Test("A member that Redis has lost by itself is noticed, unless there is another reason for that")
    mutating func missed() {
        join(a)
        join(b)
        #expect(table.sample(of: "g", limit: 3) == [], "they are yet to be written")
        #expect(write() == ["g +1 +2 =2"])
        #expect(Set(table.sample(of: "g", limit: 3)) == [a, b] && table.sample(of: "g", limit: 1).count == 1)
        _ = table.leave(a, from: "g")
        #expect(table.missed([a], in: "g") == false)
        #expect(write() == ["g -1 =1"])
        #expect(table.missed([a], in: "g") == false)
        #expect(table.missed([b], in: "g") == true)
        #expect(table.missed([b], in: "g") == false, "once is enough")
        #expect(write() == ["g +2 =1"])
    }

    @Test("A member that Redis holds from before is removed even if it leaves before it is written")
    mutating func heldFromBefore() {
        _ = table.join(a, to: "g", now: 0, waiter: "")
        #expect(table.found(a, in: "g") == false)
        _ = table.leave(a, from: "g")
        #expect(write() == ["g -1 =0"])
    }

    @Test("Members that join anew are written with the new time, those in a batch on its way too")
    mutating func rejoin() {
        join(a, now: 1)
        let onItsWay = table.takeBatch(limit: 500)
        join(b, now: 2)
        table.markAllChanged(rejoinedAt: 9)
        for part in onItsWay { _ = table.settle(part, .written) }
        let again = table.takeBatch(limit: 500)
        #expect(again.count == 1 && again[0].joins.count == 2)
        #expect(again[0].joins.allSatisfy { $0.since == 9 })
    }

    @Test("A batch is whole unless it leaves something behind that Redis may lack, or hold and should not")
    mutating func whole() {
        for serial: UInt64 in 0..<5 { join(ChannelName(front: "specific.f", serial: serial)) }
        let first = table.takeBatch(limit: 3)
        #expect(!table.isWholeTaken)
        for part in first { _ = table.settle(part, .written) }
        for part in table.takeBatch(limit: 3) { _ = table.settle(part, .written) }
        #expect(table.isWholeTaken)
        _ = table.join(a, to: "h", now: 0, waiter: "")
        #expect(write() == [] && table.isWholeTaken, "one whose relay is not there was never written")
        table.relayLost()
        table.markAllChanged()
        _ = table.takeBatch(limit: 500)
        #expect(!table.isWholeTaken, "those that were written may be missing, and cannot be written now")
    }
}
