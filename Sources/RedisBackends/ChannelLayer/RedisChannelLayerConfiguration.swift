public import ChannelLayers

/// What a Redis channel layer can be told.
///
/// What `channels_redis` knows too has the same default there.
public struct RedisChannelLayerConfiguration: Sendable {
    /// What every key begins with; `prefix` of `channels_redis`.
    public var prefix: String
    /// How messages are written; `serializer_format` and `symmetric_encryption_keys` of `channels_redis`.
    public var wire: WireFormat
    /// How many messages may wait in a mailbox or a general channel; `capacity` and `channel_capacity` of `channels_redis`.
    public var capacities: ChannelCapacities
    /// How long a message waits before it is dropped; `expiry` of `channels_redis`.
    public var expiry: Duration
    /// How long Redis keeps a group that no process renews; `group_expiry` of `channels_redis`.
    public var groupExpiry: Duration
    /// The least time between two announcements of one group's count.
    public var countWindow: Duration
    /// How long a shutdown may take to leave all groups.
    public var shutdownTimeout: Duration

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - prefix: What every key begins with.
    ///   - wire: How messages are written; the same in every process.
    ///   - capacities: How many messages may wait in a mailbox or a general channel.
    ///   - expiry: How long a message waits before it is dropped; whole seconds, at least one.
    ///   - groupExpiry: How long Redis keeps a group that no process renews; whole seconds, at least one.
    ///   - countWindow: The least time between two announcements of one group's count.
    ///   - shutdownTimeout: How long a shutdown may take to leave all groups.
    public init(
        prefix: String = "asgi",
        wire: WireFormat = WireFormat(),
        capacities: ChannelCapacities = ChannelCapacities(),
        expiry: Duration = .seconds(60),
        groupExpiry: Duration = .seconds(86_400),
        countWindow: Duration = .milliseconds(50),
        shutdownTimeout: Duration = .seconds(5)
    ) {
        precondition(groupExpiry >= .seconds(1), "a group that expires at once has no members")
        precondition(expiry >= .seconds(1), "a message that expires at once is never received")
        self.prefix = prefix
        self.wire = wire
        self.capacities = capacities
        self.expiry = expiry
        self.groupExpiry = groupExpiry
        self.countWindow = countWindow
        self.shutdownTimeout = shutdownTimeout
    }
}
