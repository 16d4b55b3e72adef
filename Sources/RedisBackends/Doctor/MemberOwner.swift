package import ChannelLayers

/// Whose a member of a group is, told by its name and score alone.
package enum MemberOwner: Sendable, Hashable {
    /// A front's: the process that it names must have a lease.
    case front(FrontName)
    /// A process' with `channels_redis`' core layer, known by what its channels have in common, `specific.<process>!`.
    case core(String)
    /// A process' with `channels_redis`' pub/sub layer, known by the whole name: it has nothing in common with others.
    case pubSub(ChannelName)
    /// A general channel's, or a name that no layer makes: nobody answers for it.
    case nobody

    /// Tells whose a member is.
    ///
    /// - Parameters:
    ///   - name: The member.
    ///   - score: Its joining time, see `MemberScore`.
    ///   - keys: Whose names are meant.
    package init(name: String, score: Double, keys: RedisKeys) {
        guard let channel = try? ChannelName(name) else {
            self = .nobody
            return
        }
        if let front = FrontName(of: channel) {
            self = score > Double(MemberScore.boundary) ? .front(front) : .core(String(channel.nonLocal))
        } else if keys.isPubSubChannel(channel) {
            self = .pubSub(channel)
        } else if !channel.isGeneral {
            // new_channel("custom") of the core layer: custom.<process>!<unique>.
            self = .core(String(channel.nonLocal))
        } else {
            self = .nobody
        }
    }
}
