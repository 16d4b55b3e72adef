import ChannelLayers

/// The membership of all groups, one table for each pair of hosts that a group may live on; with one host, one table.
///
/// So a host that is away marks, and holds up, just the groups that it is needed for.
struct PlacedMembership<Waiter> {
    private var tables: [MembershipTable<Waiter>]
    private let hosts: Int

    /// Empty tables, whose relays are all yet to come up.
    init(hosts: Int) {
        self.hosts = hosts
        tables = Array(repeating: MembershipTable(isRelayUp: false), count: hosts * hosts)
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
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - now: When the members joined, from now on; `nil` leaves it as it was.
    mutating func markAllChanged(members host: Int, rejoinedAt now: Double? = nil) {
        for placement in placements(members: host) { self[placement].markAllChanged(rejoinedAt: now) }
    }

    /// One host holds nothing that is not known here.
    mutating func endDoubt(members host: Int) {
        for placement in placements(members: host) { self[placement].endDoubt() }
    }

    /// Groups that one host may hold members of this process in.
    func knownGroups(members host: Int) -> Set<GroupName> {
        placements(members: host).reduce(into: []) { $0.formUnion(self[$1].knownGroups) }
    }

    /// Whether the last batch for one host left nothing behind that the host may lack, or hold and should not.
    func isWholeTaken(members host: Int) -> Bool {
        placements(members: host).allSatisfy { self[$0].isWholeTaken }
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
            room -= part.reduce(0) { $0 + $1.size }
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

    /// Groups that have members here and whose relay, on one host, is subscribed to.
    func heardGroups(relay host: Int) -> [GroupName] {
        placements(relay: host).flatMap { self[$0].heardGroups }
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
