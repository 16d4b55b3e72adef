/// What a Redis channel layer can be told.
public struct RedisChannelLayerConfiguration: Sendable {
    /// What every key begins with; the same as `prefix` of `channels_redis`.
    public var prefix: String
    /// How long Redis keeps a group that no process renews; the same as `group_expiry` of `channels_redis`.
    public var groupExpiry: Duration
    /// The least time between two announcements of one group's count.
    public var countWindow: Duration
    /// How long a shutdown may take to leave all groups.
    public var shutdownTimeout: Duration

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - prefix: What every key begins with.
    ///   - groupExpiry: How long Redis keeps a group that no process renews; whole seconds, at least one.
    ///   - countWindow: The least time between two announcements of one group's count.
    ///   - shutdownTimeout: How long a shutdown may take to leave all groups.
    public init(
        prefix: String = "asgi",
        groupExpiry: Duration = .seconds(86_400),
        countWindow: Duration = .milliseconds(50),
        shutdownTimeout: Duration = .seconds(5)
    ) {
        precondition(groupExpiry >= .seconds(1), "a group that expires at once has no members")
        self.prefix = prefix
        self.groupExpiry = groupExpiry
        self.countWindow = countWindow
        self.shutdownTimeout = shutdownTimeout
    }
}
