import ChannelLayers
import Testing

@testable import RedisBackends

/// Groups on several hosts: what befalls one host concerns its groups alone.
@Suite("Placed membership")
struct PlacedMembershipTests {
    private let channel = ChannelName(front: "specific.a", serial: 1)

    /// One channel in four groups, whose names tell the hosts of their members and of their relay.
    private func joined() -> PlacedMembership<Int> {
        var membership = PlacedMembership<Int>(hosts: 2)
        for relay in 0..<2 { membership.relayRestored(on: relay) }
        let groups: [GroupName] = ["g00", "g01", "g10", "g11"]
        for (index, group) in groups.enumerated() {
            let placement = Placement(members: index / 2, relay: index % 2)
            _ = membership[placement].join(channel, to: group, now: 1, waiter: index)
        }
        return membership
    }

    @Test("Each relay host is asked for the groups that it relays, each members host for its batches")
    func apart() {
        var membership = joined()
        let first = membership.takeSubscriptions(relay: 0)
        #expect(Set(first.wanted) == ["g00", "g10"])
        for group in first.wanted {
            membership[Placement(members: group == "g00" ? 0 : 1, relay: 0)].relayConfirmed([group])
        }
        #expect(membership.takeBatch(members: 0, limit: 10).map(\.group) == ["g00"])
        #expect(membership.takeBatch(members: 1, limit: 10).map(\.group) == ["g10"])
        #expect(Set(membership.takeSubscriptions(relay: 1).wanted) == ["g01", "g11"])
    }

    @Test("A batch has no more members than its limit, over all of the host's tables")
    func limit() {
        var membership = PlacedMembership<Int>(hosts: 2)
        for relay in 0..<2 { membership.relayRestored(on: relay) }
        for relay in 0..<2 {
            let placement = Placement(members: 0, relay: relay)
            let group: GroupName = relay == 0 ? "a" : "b"
            for serial in 1...5 {
                let channel = ChannelName(front: "specific.a", serial: UInt64(serial))
                _ = membership[placement].join(channel, to: group, now: 1, waiter: 0)
            }
            _ = membership[placement].takeUnsubscribed()
            membership[placement].relayConfirmed([group])
        }
        var written = 0
        while true {
            let batch = membership.takeBatch(members: 0, limit: 3)
            let size = batch.reduce(0) { $0 + $1.joins.count }
            guard size > 0 else { break }
            #expect(size <= 3)
            written += size
            for part in batch {
                _ = membership[Placement(members: 0, relay: part.group == "a" ? 0 : 1)].settle(part, .written)
            }
        }
        #expect(written == 10)
    }

    @Test("A relay that is lost holds up joins of its own groups only")
    func relayLoss() {
        var membership = joined()
        for relay in 0..<2 {
            for group in membership.takeSubscriptions(relay: relay).wanted {
                let members = group == "g00" || group == "g01" ? 0 : 1
                membership[Placement(members: members, relay: relay)].relayConfirmed([group])
            }
        }
        membership.relayLost(on: 0)
        #expect(membership.takeBatch(members: 0, limit: 10).map(\.group) == ["g01"])
        membership.relayRestored(on: 0)
        #expect(membership.takeBatch(members: 0, limit: 10).map(\.group) == ["g00"])
    }

    @Test("Everybody leaves everywhere, and every waiter is returned")
    func leaving() {
        var membership = joined()
        #expect(Set(membership.leaveAll()) == [0, 1, 2, 3])
        #expect(membership.populatedGroups(members: 0).isEmpty && membership.populatedGroups(members: 1).isEmpty)
    }
}
