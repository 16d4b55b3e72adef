package import ChannelLayers

/// Which of several Redis hosts holds what, by the consistent hash of `channels_redis`.
///
/// The order of the hosts matters: every process has to name the same ones in the same order.
package struct HostSelection: Sendable {
    private let ring: HostRing
    private let keys: RedisKeys

    package init(count: Int, keys: RedisKeys) {
        ring = HostRing(count: count)
        self.keys = keys
    }

    /// The host with a group's sorted set.
    package func members(of group: GroupName) -> Int {
        ring.index(of: group.rawValue)
    }

    /// The host on which a group's messages are published: the pub/sub layer hashes the whole name of the Redis
    /// channel.
    package func relay(of group: GroupName) -> Int {
        ring.index(of: keys.relay(of: group))
    }

    /// The host with a group's people: that of its relay, so that one script writes them and tells the group.
    ///
    /// Otherwise a front that has removed a person could tell so after another has told that the same person is back.
    package func people(in group: GroupName) -> Int {
        relay(of: group)
    }

    /// The host with a group's history: that of its relay, so that one script records and publishes.
    package func history(of group: GroupName) -> Int {
        relay(of: group)
    }

    /// The host with what users have in their inboxes: that of the relay of the group in which their connections are.
    package func inbox(of user: UserName) throws(ChannelLayerError) -> Int {
        relay(of: try GroupName("direct.\(user.rawValue)"))
    }

    /// The host with the users who were here.
    package var lastSeen: Int { ring.index(of: keys.lastSeen) }

    /// The host with the record of an uploaded file.
    package func media(_ id: String) -> Int { ring.index(of: keys.media(id)) }

    /// Where a group lives.
    package func placement(of group: GroupName) -> Placement {
        Placement(members: members(of: group), relay: relay(of: group))
    }

    /// The host on which the process of a channel looks for its mailbox.
    package func mailbox(of channel: ChannelName) -> Int {
        ring.index(of: channel.nonLocal)
    }

    /// The host on which the pub/sub layer publishes to a channel, and a process that has it subscribes.
    package func publication(to channel: ChannelName) -> Int {
        ring.index(of: channel.rawValue)
    }
}

/// Where a group lives: its members on one host, its messages on the same or another one.
package struct Placement: Sendable, Hashable {
    /// The host with the sorted set.
    package let members: Int
    /// The host with the relay channel.
    package let relay: Int
}
