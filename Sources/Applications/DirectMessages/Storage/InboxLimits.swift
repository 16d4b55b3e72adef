/// How much an inbox keeps, and for how long.
public struct InboxLimits: Sendable, Hashable {
    /// How many messages, the newest.
    public let count: Int
    /// How long each.
    public let age: Duration
    /// For how long a message that is sent again with its client id is known to be the same.
    public let repeats: Duration

    /// How long an inbox without anything new outlives what was in it.
    package static let afterlife = Duration.seconds(7 * 86_400)

    /// Makes limits.
    ///
    /// - Parameters:
    ///   - count: How many messages, the newest; at least 1.
    ///   - age: How long each; at least a second.
    ///   - repeats: For how long a message that is sent again with its client id is known; at least a second.
    public init(
        count: Int = 1000,
        age: Duration = .seconds(30 * 86_400),
        repeats: Duration = .seconds(86_400)
    ) {
        precondition(
            count >= 1 && age >= .seconds(1) && repeats >= .seconds(1),
            "an inbox keeps at least one message for at least a second"
        )
        self.count = count
        self.age = age
        self.repeats = repeats
    }
}
