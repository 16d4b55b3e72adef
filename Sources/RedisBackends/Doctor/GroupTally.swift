package import ChannelLayers

/// Who is in a group by one look at it, and who ought to be by the fronts' own listings.
///
/// Members come and go while a large group is read, slice by slice. So the listings are read before and after, and
/// what a difference between the two explains is no drift.
package struct GroupTally: Sendable, Hashable {
    /// A front's members in the group.
    package struct Share: Sendable, Hashable {
        /// Those that were found.
        package var found = 0
        /// Those of them that had joined before the look began: the others may not be in the listing yet.
        package var settled = 0
    }

    package let group: GroupName
    /// The host that the group is on, counted from 0.
    package let host: Int
    /// When the look began, on the host's clock.
    package let began: Double
    /// `ZCARD`, taken with `listedAfter`.
    package var count = 0
    package private(set) var fronts: [FrontName: Share] = [:]
    /// Core-layer processes' members, by what their names have in common.
    package private(set) var core: [String: Int] = [:]
    package private(set) var pubSub: Set<ChannelName> = []
    package private(set) var nobodys = 0
    /// How many members each live front says that it has here, when the look began.
    package var listedBefore: [FrontName: Int] = [:]
    /// The same when it ended.
    package var listedAfter: [FrontName: Int] = [:]

    /// Where the group is.
    package var place: GroupPlace { GroupPlace(group, on: host) }

    package init(_ group: GroupName, on host: Int, began: Double) {
        self.group = group
        self.host = host
        self.began = began
    }

    /// The number of members that a listing's score stands for; 0 if it stands for none, as no front writes such a score.
    package static func listed(_ score: Double?) -> Int {
        guard let score, (0...1e9).contains(score) else { return 0 }
        return Int(score)
    }

    /// Counts a member.
    package mutating func add(_ name: String, score: Double, keys: RedisKeys) {
        switch MemberOwner(name: name, score: score, keys: keys) {
        case .front(let front):
            fronts[front, default: Share()].found += 1
            if score - MemberScore.offset < began { fronts[front, default: Share()].settled += 1 }
        case .core(let process): core[process, default: 0] += 1
        case .pubSub(let channel): pubSub.insert(channel)
        case .nobody: nobodys += 1
        }
    }

    /// Members of live fronts that are more or fewer than those fronts say; fronts that agree are left out.
    ///
    /// - Parameter live: The fronts with a good lease after the look.
    /// - Returns: The difference by front.
    package func drift(live: Set<FrontName>) -> [FrontName: Int] {
        var drift: [FrontName: Int] = [:]
        var listed = 0
        for front in live {
            // A front that was not there before and after has just come or is going: the next look tells.
            guard let before = listedBefore[front], let after = listedAfter[front] else {
                listed += fronts[front]?.found ?? 0
                continue
            }
            listed += after
            let share = fronts[front] ?? Share()
            if share.settled > max(before, after) {
                drift[front] = share.settled - max(before, after)
            } else if share.found < min(before, after) {
                drift[front] = share.found - min(before, after)
            }
        }
        // Short-lived members that came and went unseen are no loss: as many as ought to be there are.
        let others = count(ofDead: live) + core.values.reduce(0, +) + pubSub.count + nobodys
        let surplus = drift.values.reduce(0) { $0 + max(0, $1) }
        return listed + others + surplus > count ? drift : drift.filter { $0.value > 0 }
    }

    /// Members of fronts that have no good lease.
    package func dead(live: Set<FrontName>) -> [FrontName: Int] {
        fronts.filter { !live.contains($0.key) }.mapValues(\.found)
    }

    private func count(ofDead live: Set<FrontName>) -> Int {
        dead(live: live).values.reduce(0, +)
    }
}
