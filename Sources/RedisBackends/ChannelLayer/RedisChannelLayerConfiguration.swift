public import ChannelLayers

/// What a Redis channel layer can be told.
///
/// What `channels_redis` knows too has the same default there.
public struct RedisChannelLayerConfiguration: Sendable {
    /// What every key begins with; `prefix` of `channels_redis`.
    public var prefix: String
    /// How messages are written; `serializer_format` and `symmetric_encryption_keys` of `channels_redis`.
    public var wire: WireFormat
    /// How many messages may wait in a mailbox or a general channel; `capacity` and `channel_capacity` of
    /// `channels_redis`.
    public var capacities: ChannelCapacities
    /// How long a message waits before it is dropped; `expiry` of `channels_redis`.
    public var expiry: Duration
    /// How long Redis keeps a group that no process renews; `group_expiry` of `channels_redis`.
    public var groupExpiry: Duration
    /// The least time between two announcements of one group's count.
    public var countWindow: Duration
    /// How long a shutdown may take to leave all groups.
    public var shutdownTimeout: Duration
    /// How often this process renews its lease.
    public var heartbeat: Duration
    /// How long a lease is good for; when a process' has lapsed, the others remove its members.
    public var lease: Duration
    /// How often a message of this process' own is sent through the relay; one that has not come back after as long
    /// makes the layer unready.
    public var probeInterval: Duration
    /// How long a person who has left a group is waited for before the group is told.
    public var leaveGrace: Duration
    /// Which groups keep a history.
    public var histories: HistoryLimits
    /// What `muster fronts` shows of this process; asked with each heartbeat, from any thread.
    public var details: @Sendable () -> FrontDetails

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
    ///   - heartbeat: How often this process renews its lease.
    ///   - lease: How long a lease is good for, at least two heartbeats; the same in every process.
    ///   - probeInterval: How often a message of this process' own has to come back through the relay.
    ///   - leaveGrace: How long a person who has left a group is waited for before the group is told.
    ///   - histories: Which groups keep a history.
    ///   - details: What `muster fronts` shows of this process.
    public init(
        prefix: String = "asgi",
        wire: WireFormat = WireFormat(),
        capacities: ChannelCapacities = ChannelCapacities(),
        expiry: Duration = .seconds(60),
        groupExpiry: Duration = .seconds(86_400),
        countWindow: Duration = .milliseconds(50),
        shutdownTimeout: Duration = .seconds(5),
        heartbeat: Duration = .seconds(2),
        lease: Duration = .seconds(6),
        probeInterval: Duration = .seconds(2),
        leaveGrace: Duration = .seconds(5),
        histories: HistoryLimits = HistoryLimits(),
        details: @escaping @Sendable () -> FrontDetails = { FrontDetails() }
    ) {
        precondition(heartbeat > .zero && lease >= heartbeat * 2, "a lease must outlive a heartbeat that is late")
        precondition(probeInterval > .zero, "a probe cannot be sent all the time")
        precondition(leaveGrace >= .zero, "a grace period is not negative")
        precondition(groupExpiry >= .seconds(1), "a group that expires at once has no members")
        precondition(expiry >= .seconds(1), "a message that expires at once is never received")
        self.prefix = prefix
        self.wire = wire
        self.capacities = capacities
        self.expiry = expiry
        self.groupExpiry = groupExpiry
        self.countWindow = countWindow
        self.shutdownTimeout = shutdownTimeout
        self.heartbeat = heartbeat
        self.lease = lease
        self.probeInterval = probeInterval
        self.leaveGrace = leaveGrace
        self.histories = histories
        self.details = details
    }
}
