/// How many messages may wait for a channel: `capacity` and `channel_capacity` of `channels_redis`.
public struct ChannelCapacities: Sendable {
    private let usual: Int
    private let patterns: [(pattern: ChannelPattern, capacity: Int)]

    /// Makes capacities.
    ///
    /// - Parameters:
    ///   - usual: For channels that no pattern covers; at least 1.
    ///   - patterns: Patterns with the capacities of the channels that they cover, at least 1; the first that covers a
    ///     channel counts.
    public init(default usual: Int = 100, _ patterns: [(pattern: ChannelPattern, capacity: Int)] = []) {
        precondition(usual >= 1 && patterns.allSatisfy { $0.capacity >= 1 }, "a capacity is at least 1")
        self.usual = usual
        self.patterns = patterns
    }

    /// How many messages may wait for a channel.
    ///
    /// - Parameter channel: The channel, by its full name.
    /// - Returns: The number of messages.
    public func capacity(of channel: ChannelName) -> Int {
        patterns.first { $0.pattern.covers(channel) }?.capacity ?? usual
    }
}
