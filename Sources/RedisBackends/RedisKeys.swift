package import ChannelLayers

/// The name of everything that Muster keeps in Redis.
///
/// No other file spells a key.
package struct RedisKeys: Sendable, Hashable {
    /// What every key begins with, `asgi` unless set; joined without a separator, as `channels_redis` does.
    package let prefix: String

    package init(prefix: String = "asgi") {
        self.prefix = prefix
    }

    /// Sorted set: the members of a group; `ZCARD` of it is the online count.
    package func members(of group: GroupName) -> String {
        "\(prefix):group:\(group)"
    }

    /// Pub/sub channel: what is sent to a group.
    package func relay(of group: GroupName) -> String {
        relayPrefix + group.rawValue
    }

    /// The group that a relay channel belongs to, or `nil` if the channel is none.
    package func group(ofRelay channel: String) -> GroupName? {
        guard channel.hasPrefix(relayPrefix) else { return nil }
        do {
            return try GroupName(String(channel.dropFirst(relayPrefix.count)))
        } catch {
            return nil
        }
    }

    private var relayPrefix: String { "\(prefix)__group__" }

    /// Pub/sub pattern: what is sent to any channel of a front.
    ///
    /// `front` is the part of its names before the `!`.
    package func channelPattern(front: String) -> String {
        front + "!*"
    }
}
