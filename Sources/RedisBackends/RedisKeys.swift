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

    /// Stream: the last messages of a group, if it keeps any.
    ///
    /// An entry's `message` is what was published, its `previous`
    /// the id before its own. It is on the host with the group's relay.
    package func history(of group: GroupName) -> String {
        "\(prefix):history:\(group)"
    }

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

// MARK: Fronts and people

extension RedisKeys {
    /// Sorted set: the fronts that have leases; a front's score is the Unix time, on Redis' clock, when its lease
    /// lapses.
    package var fronts: String { "\(prefix):fronts" }

    /// Hash: what is known of a front, and who clears up after it, see `FrontField`.
    package func front(_ front: FrontName) -> String {
        "\(prefix):front:\(front)"
    }

    /// Sorted set: the groups that a front has members in; a group's score is the number of those members.
    package func groups(of front: FrontName) -> String {
        "\(prefix):front:\(front):groups"
    }

    /// `SCAN` pattern: the members of a front in a group.
    package func memberPattern(of front: FrontName) -> String {
        "\(front.channelPrefix)!".globEscaped + "*"
    }

    /// Hash: the groups that a front has people in, and how their leaving is told, see `PresenceShape`.
    package func peoplesGroups(of front: FrontName) -> String {
        "\(prefix):front:\(front):users"
    }

    /// Hash: the people in a group, and the fronts on which each of them has a channel; `HLEN` counts people.
    ///
    /// A value is a list of entries `<front>:<stamp>`, see `FrontEntry`. It is on the host with the group's relay.
    package func people(of group: GroupName) -> String {
        "\(prefix):users:\(group)"
    }

    /// Pub/sub channel: what fronts tell a front, which hears it as it hears what is sent to its channels.
    package func notices(to front: FrontName) -> String {
        "\(front.channelPrefix)!notice"
    }

    /// Pub/sub channel: what a front publishes to hear whether the relay works.
    package func probe(of front: FrontName) -> String {
        "\(front.channelPrefix)!probe"
    }
}

// MARK: What the applications keep

extension RedisKeys {
    /// Stream: the direct messages to a user that are not acknowledged.
    ///
    /// The braces of this and the next keys are a hash tag: one script may touch all keys of a user, or of the desk.
    package func inbox(of user: UserName) -> String { "\(prefix):inbox:{\(user)}" }

    /// Hash: how many messages of whom are in the user's inbox.
    package func unread(of user: UserName) -> String { "\(prefix):unread:{\(user)}" }

    /// Hash: `lost`, how many messages have ever gone from the user's inbox before the user had them, and `told`, of how
    /// many of them the user was told.
    package func missing(of user: UserName) -> String { "\(prefix):missing:{\(user)}" }

    /// String: the id of a message that was sent to a user with a client id, its text's checksum, and `settled` once all
    /// have been told of it; it lives for a day.
    package func sent(to user: UserName, by sender: UserName, clientID: String) -> String {
        "\(prefix):sent:{\(user)}:\(sender):\(clientID)"
    }

    /// Sorted set: the users who were here, each with the Unix time of the last time.
    package var lastSeen: String { "\(prefix):seen" }

    /// Hash: what is known of an uploaded file.
    package func media(_ id: String) -> String { "\(prefix):media:\(id)" }

    /// A key of customer service; they share a hash tag.
    package func desk(_ key: DeskKey) -> String { "\(prefix):{support}:\(key.rawValue)" }
}

/// What customer service keeps, as `desk.lua` has it.
package enum DeskKey: String, CaseIterable, Sendable {
    /// Sorted set: who waits; `ZCARD` counts them.
    case waiting
    /// Hash: who talks with which staff member; `HLEN` counts them.
    case talks
    /// Sorted set: the staff members who are there; `ZCARD` counts them.
    case staff
    /// Sorted set: the connected customers at the desk.
    case customers
    /// Sorted set: the customers who are gone and may come back to their talks.
    case away
    /// Sorted set: those whose wait or talk was ended.
    case ended
    /// Hash: when each talk began.
    case begun
    /// String: grows with every change.
    case version
    /// Hash: when the desk was called last, and how long no lease counts as lapsed.
    case beats
}

// MARK: Everything at once

extension RedisKeys {
    /// `SCAN` pattern: all keys that begin with the prefix, also those that are not ours.
    package var scanPattern: String { prefix.globEscaped + "*" }

    /// Whether a key is the layer's: the prefix and a colon, whatever follows; a mailbox; or what a process of
    /// `channels_redis.core` has taken out of a mailbox and not yet delivered.
    ///
    /// Of two prefixes one must not begin the other: `asgi2specific.x!` could be the mailbox of a channel
    /// `2specific.x!1` under `asgi`.
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

extension String {
    /// As a pattern that matches this text alone.
    fileprivate var globEscaped: String {
        reduce(into: "") { pattern, character in
            if "\\*?[]".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
    }
}

// MARK: What a key found in Redis is

/// What a key that was found in Redis holds.
package enum FoundKey: Sendable, Hashable {
    /// The members of a group.
    case members(GroupName)
    /// The people in a group.
    case people(GroupName)
    /// The last messages of a group.
    case history(GroupName)
    /// What is known of a front.
    case front(FrontName)
    /// The groups that a front has members in.
    case groups(FrontName)
    /// The groups that a front has people in.
    case peoplesGroups(FrontName)
}

extension RedisKeys {
    /// `SCAN` pattern: the prefix and a colon, whatever follows; all that `found` knows.
    package var foundPattern: String { scanPattern.dropLast() + ":*" }

    /// What a key holds; `nil` if its name says nothing of groups and fronts.
    package func found(_ key: String) -> FoundKey? {
        guard key.hasPrefix("\(prefix):") else { return nil }
        let parts = key.dropFirst(prefix.count + 1).split(separator: ":", omittingEmptySubsequences: false)
        let name = parts.count > 1 ? String(parts[1]) : ""
        switch (parts.count, parts.first, parts.last) {
        case (2, "group", _): return (try? GroupName(name)).map { .members($0) }
        case (2, "users", _): return (try? GroupName(name)).map { .people($0) }
        case (2, "history", _): return (try? GroupName(name)).map { .history($0) }
        case (2, "front", _): return .front(FrontName(name))
        case (3, "front", "groups"): return .groups(FrontName(name))
        case (3, "front", "users"): return .peoplesGroups(FrontName(name))
        default: return nil
        }
    }
}
