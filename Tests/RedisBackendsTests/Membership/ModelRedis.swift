import ChannelLayers

@testable import RedisBackends

/// What a Redis holds of one process: members with their joining times, and the listing of their groups.
struct ModelRedis {
    private(set) var members: [GroupName: [ChannelName: Double]] = [:]
    private(set) var listing: [GroupName: Int] = [:]

    /// Groups with members that are not listed: nobody would find them.
    var unlisted: [GroupName] { members.keys.filter { listing[$0] == nil } }

    /// Works through a batch in the order in which it is sent, as far as it arrives.
    ///
    /// - Parameters:
    ///   - batch: The parts, and whether Redis takes each of them.
    ///   - isListingTaken: Whether it takes changes of the listing.
    ///   - commands: How many commands arrive.
    mutating func apply(
        _ batch: [(part: MembershipTable<Int>.GroupBatch, isTaken: Bool)],
        isListingTaken: Bool,
        _ commands: Int
    ) {
        var left = commands
        func arrives() -> Bool {
            left -= 1
            return left >= 0
        }
        if arrives(), isListingTaken {
            for (part, _) in batch {
                if let count = part.listing, count > 0 { listing[part.group] = count }
            }
        }
        for (part, isTaken) in batch {
            if arrives(), isTaken {
                for (channel, since) in part.joins { members[part.group, default: [:]][channel] = since }
            }
            if arrives(), isTaken {
                for channel in part.leaves { remove(channel, from: part.group) }
            }
        }
        if arrives(), isListingTaken {
            for (part, _) in batch where part.listing == 0 { listing[part.group] = nil }
        }
    }

    /// Removes a member whose score is still the one that was read.
    mutating func remove(_ channel: ChannelName, from group: GroupName, joinedAt: Double) -> Bool {
        guard members[group]?[channel] == joinedAt else { return false }
        remove(channel, from: group)
        return true
    }

    private mutating func remove(_ channel: ChannelName, from group: GroupName) {
        members[group]?[channel] = nil
        if members[group]?.isEmpty == true { members[group] = nil }
    }
}
