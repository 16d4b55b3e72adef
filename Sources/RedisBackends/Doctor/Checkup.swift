package import ChannelLayers

/// The outcome of looking at everything that Redis holds of groups and fronts.
package struct Checkup: Sendable, Hashable {
    /// How many groups were looked at.
    package var groups = 0
    /// How many members they have.
    package var members = 0
    package var liveFronts: Set<FrontName> = []
    /// What is wrong with groups, in the order of their names.
    package var findings: [GroupFinding] = []
    /// What dead fronts have left behind besides members.
    package var leftovers: Set<Leftover> = []
    /// Keys that hold something else than their name says; nothing in them can be judged.
    package var mistypedKeys: Set<MistypedKey> = []
    /// Django processes of which nothing tells whether they are alive: an empty mailbox is read as well as unread.
    package var undecided: Set<String> = []

    package init() {}

    /// Whether the groups are exactly what the live fronts say, and nothing is left of dead ones.
    package var isClean: Bool { findings.isEmpty && leftovers.isEmpty && mistypedKeys.isEmpty }

    /// The fronts without a good lease of which something is left.
    package var deadFronts: Set<FrontName> {
        findings.reduce(into: Set(leftovers.map(\.front))) { fronts, finding in
            fronts.formUnion(finding.dead.keys)
            fronts.formUnion(finding.deadPeople.keys)
        }
    }

    /// The live fronts whose groups are not what they say, with the host.
    package var driftingFronts: Set<FrontPlace> {
        Set(findings.flatMap { finding in finding.drift.keys.map { FrontPlace($0, on: finding.host) } })
    }

    /// What was wrong in an earlier look and still is.
    package func persisting(since earlier: Checkup) -> Checkup {
        var result = self
        let before = Dictionary(earlier.findings.map { ($0.place, $0) }, uniquingKeysWith: { first, _ in first })
        result.findings = findings.compactMap { finding in
            guard let finding = before[finding.place].map(finding.persisting(since:)), !finding.isClean else {
                return nil
            }
            return finding
        }
        result.leftovers = leftovers.intersection(earlier.leftovers)
        result.mistypedKeys = mistypedKeys.intersection(earlier.mistypedKeys)
        return result
    }
}
