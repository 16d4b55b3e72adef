import ChannelLayers
import RedisBackends

/// What `muster doctor` has found, as it prints it.
struct DoctorReport: Encodable, Equatable {
    /// A group that something is wrong with.
    struct Group: Encodable, Equatable {
        let group: String
        /// The host, counted from 1.
        let host: Int
        let count: Int
        let live: Int
        let django: Int
        let others: Int
        /// Members by the front without a lease that they name.
        let dead: [String: Int]
        /// By live front, how many members more or fewer (below zero) than it says.
        let drift: [String: Int]
        /// Members by the Django process that nobody reads for.
        let unread: [String: Int]
        /// Entries of people by the front without a lease that they name.
        let peopleOfDeadFronts: [String: Int]
    }

    /// A key that a front without a lease has left.
    struct Rest: Encodable, Equatable {
        let front: String
        let host: Int
        let what: String
    }

    /// A key that holds something else than its name says.
    struct Mistyped: Encodable, Equatable {
        let key: String
        let host: Int
        /// In the words of Redis' `TYPE`.
        let expected: String
        let found: String
    }

    let ok: Bool
    let groups: Int
    let members: Int
    let liveFronts: [String]
    let findings: [Group]
    let leftovers: [Rest]
    let mistypedKeys: [Mistyped]
    /// Django processes of which nothing tells whether they are alive.
    let undecided: [String]

    init(_ checkup: Checkup) {
        ok = checkup.isClean
        groups = checkup.groups
        members = checkup.members
        liveFronts = checkup.liveFronts.map(\.rawValue).sorted()
        findings = checkup.findings.map { finding in
            Group(
                group: finding.group.rawValue,
                host: finding.host + 1,
                count: finding.count,
                live: finding.live,
                django: finding.django,
                others: finding.others,
                dead: Self.named(finding.dead.map { ($0.key.rawValue, $0.value) }),
                drift: Self.named(finding.drift.map { ($0.key.rawValue, $0.value) }),
                unread: finding.unread,
                peopleOfDeadFronts: Self.named(finding.deadPeople.map { ($0.key.rawValue, $0.value) })
            )
        }
        leftovers = checkup.leftovers
            .map { Rest(front: $0.front.rawValue, host: $0.host + 1, what: $0.kind.rawValue) }
            .sorted { ($0.front, $0.host, $0.what) < ($1.front, $1.host, $1.what) }
        mistypedKeys = checkup.mistypedKeys
            .map { Mistyped(key: $0.key, host: $0.host + 1, expected: $0.expected, found: $0.found) }
            .sorted { ($0.key, $0.host) < ($1.key, $1.host) }
        undecided = checkup.undecided.sorted()
    }

    private static func named(_ pairs: [(String, Int)]) -> [String: Int] {
        Dictionary(pairs, uniquingKeysWith: +)
    }
}
