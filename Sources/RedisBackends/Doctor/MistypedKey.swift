/// A key that holds something else than its name says: no front writes such a thing.
package struct MistypedKey: Sendable, Hashable {
    package let key: String
    /// The host, counted from 0.
    package let host: Int
    /// What it ought to be, and what it is, in the words of Redis' `TYPE`.
    package let expected: String
    package let found: String

    package init(_ key: String, on host: Int, expected: String, found: String) {
        self.key = key
        self.host = host
        self.expected = expected
        self.found = found
    }
}

extension FoundKey {
    /// The `TYPE` of such a key.
    var type: String {
        switch self {
        case .members, .groups: "zset"
        case .history: "stream"
        case .people, .front, .peoplesGroups: "hash"
        }
    }
}
