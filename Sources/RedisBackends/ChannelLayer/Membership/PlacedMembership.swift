import ChannelLayers

/// The membership of all groups, one table for each pair of hosts that a group may live on; with one host, one table.
///
/// So a host that is away marks, and holds up, just the groups that it is needed for.
struct PlacedMembership<Waiter> {
    private var tables: [MembershipTable<Waiter>]
    private let hosts: Int

    init(hosts: Int) {
        self.hosts = hosts
        tables = Array(repeating: MembershipTable(), count: hosts * hosts)
    }

    /// The table of the groups with this placement.
    subscript(placement: Placement) -> MembershipTable<Waiter> {
        get { tables[placement.members * hosts + placement.relay] }
        _modify { yield &tables[placement.members * hosts + placement.relay] }
    }

    /// Where the groups with members on one host may live.
    func placements(members host: Int) -> [Placement] {
        (0..<hosts).map { Placement(members: host, relay: $0) }
    }

    /// Where the groups with their relay on one host may live.
    func placements(relay host: Int) -> [Placement] {
        (0..<hosts).map { Placement(members: $0, relay: host) }
    }

    /// Groups that have members here, with their sorted sets on one host.
    func populatedGroups(members host: Int) -> [GroupName] {
        placements(members: host).flatMap { self[$0].populatedGroups }
    }

    /// Whether one host knows all that is wanted.
    func isSettled(members host: Int) -> Bool {
        placements(members: host).allSatisfy { self[$0].isSettled }
    }

    /// Every channel leaves every group; returns those who waited for a join.
    mutating func leaveAll() -> [Waiter] {
        var waiters: [Waiter] = []
        for index in tables.indices { waiters += tables[index].leaveAll() }
        return waiters
    }

    /// One host may have lost or kept anything.
    mutating func markAllChanged(members host: Int) {
        for placement in placements(members: host) { self[placement].markAllChanged() }
    }

    /// What one host refused is to be written again.
    mutating func retryRefused(members host: Int) -> Set<GroupName> {
        var groups: Set<GroupName> = []
        for placement in placements(members: host) { groups.formUnion(self[placement].retryRefused()) }
        return groups
    }

    /// Takes what is to be written to one host now.
    mutating func takeBatch(members host: Int, limit: Int) -> [MembershipTable<Waiter>.GroupBatch] {
        var batch: [MembershipTable<Waiter>.GroupBatch] = []
        var room = limit
        for placement in placements(members: host) where room > 0 {
            let part = self[placement].takeBatch(limit: room)
            room -= part.reduce(0) { $0 + $1.joins.count + $1.leaves.count }
            batch += part
        }
        return batch
    }

    /// Takes the groups whose relay on one host is no longer wanted, and those whose relay is to be subscribed to.
    mutating func takeSubscriptions(relay host: Int) -> (released: [GroupName], wanted: [GroupName]) {
        var released: [GroupName] = []
        var wanted: [GroupName] = []
        for placement in placements(relay: host) {
            released += self[placement].takeReleased()
            wanted += self[placement].takeUnsubscribed()
        }
        return (released, wanted)
    }

    /// One host's relay is down.
    mutating func relayLost(on host: Int) {
        for placement in placements(relay: host) { self[placement].relayLost() }
    }

    /// One host's relay is back.
    mutating func relayRestored(on host: Int) {
        for placement in placements(relay: host) { self[placement].relayRestored() }
    }
}
