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

    /// Sorted set: what is sent to a channel by `channels_redis.core`; all channels of a process share one.
    package func mailbox(of channel: ChannelName) -> String {
        prefix + channel.nonLocal
    }

    /// Sorted set: what is sent to the channels of a front by `channels_redis.core`.
    ///
    /// `front` is the part of its names before the `!`.
    package func mailbox(front: String) -> String {
        "\(prefix)\(front)!"
    }

    /// Whether a name is one that `channels_redis.pubsub` makes: a process subscribes to it, and it has no mailbox.
    package func isPubSubChannel(_ name: ChannelName) -> Bool {
        name.isGeneral && name.rawValue.utf8.starts(with: "\(prefix)specific.".utf8)
    }
}

// MARK: Everything at once

extension RedisKeys {
    /// `SCAN` pattern: all keys that begin with the prefix, also those that are not ours.
    package var scanPattern: String {
        prefix.reduce(into: "") { pattern, character in
            if "\\*?[]".contains(character) { pattern.append("\\") }
            pattern.append(character)
        } + "*"
    }

    /// Whether a key is the layer's: the prefix and a colon, whatever follows; a mailbox; or what a process of
    /// `channels_redis.core` has taken out of a mailbox and not yet delivered.
    ///
    /// Of two prefixes one must not begin the other: `asgi2specific.x!` could be the mailbox of a channel `2specific.x!1`
    /// under `asgi`.
    package func owns(_ key: String) -> Bool {
        let bytes = key.utf8
        guard bytes.starts(with: prefix.utf8) else { return false }
        let rest = bytes.dropFirst(prefix.utf8.count)
        if rest.first == UInt8(ascii: ":") { return true }
        let inFlight = "$inflight".utf8
        let isInFlight = rest.count > inFlight.count && rest.suffix(inFlight.count).elementsEqual(inFlight)
        guard let channel = try? ChannelName(String(rest.dropLast(isInFlight ? inFlight.count : 0)) ?? "") else {
            return false
        }
        // A mailbox is named after what all channels of its process share.
        return mailbox(of: channel).utf8.count == bytes.count - (isInFlight ? inFlight.count : 0)
    }
}
