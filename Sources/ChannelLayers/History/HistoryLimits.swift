/// How much of a group's messages is kept.
public struct HistoryLimit: Sendable, Hashable {
    /// How many messages, the newest; at least 1.
    public let count: Int
    /// How long each.
    public let age: Duration

    /// Makes a limit.
    ///
    /// - Parameters:
    ///   - count: How many messages, the newest; at least 1.
    ///   - age: How long each; at least a second.
    public init(count: Int, age: Duration) {
        precondition(count >= 1 && age >= .seconds(1), "a history keeps at least one message for at least a second")
        self.count = count
        self.age = age
    }
}

/// Which groups keep a history, and how much of it.
///
/// All processes that record messages of a group should agree: each trims by its own limit.
public struct HistoryLimits: Sendable {
    private let patterns: [(glob: Glob, limit: HistoryLimit)]

    /// Makes limits.
    ///
    /// - Parameter patterns: Globs of groups' names, as in ``ChannelPattern/glob(_:)``, with what those groups keep; the
    ///   first that fits counts. A group that none fits keeps nothing.
    public init(_ patterns: [(glob: String, limit: HistoryLimit)] = []) {
        self.patterns = patterns.map { (Glob($0.glob), $0.limit) }
    }

    /// How much of a group's messages is kept.
    ///
    /// - Parameter group: The group.
    /// - Returns: The limit; `nil` if nothing is kept.
    public func limit(of group: GroupName) -> HistoryLimit? {
        patterns.first { $0.glob.matches(group.rawValue) }?.limit
    }
}
