import ChannelLayers
import CoreMetrics
import Redis

/// Removes a dead front's members from the groups on one host, a bounded slice at a time.
///
/// A slice of members is read, then the claim on the front is extended, then those of them are removed that are still
/// as they were read: nothing that a front writes after it has come back.
struct DeadMembers: Sendable {
    /// What has been removed.
    struct Tally: Sendable {
        var members = 0
        var groups = 0
    }

    /// How many groups are gone through side by side.
    private static let width = 16
    /// The most members that one command looks at or removes.
    private static let slice = 250

    /// How far the search through one group has come.
    private struct Search {
        let group: GroupName
        var cursor = "0"
    }

    let claim: FrontClaim
    /// Told of groups that the front was in, before they are taken off its listing.
    let onCleared: @Sendable ([GroupName]) async throws(ChannelLayerError) -> Void

    private var hosts: RedisHosts { claim.context.hosts }
    private var host: Int { claim.host }
    private var listing: RedisArgument { RedisArgument(hosts.keys.groups(of: claim.front)) }

    /// Goes through all groups on the front's listing.
    ///
    /// - Returns: What was removed; `nil` once the claim is lost.
    /// - Throws: What Redis refuses, or that it is away.
    func remove() async throws(ChannelLayerError) -> Tally? {
        var tally = Tally()
        while !Task.isCancelled {
            let command = RedisCommand("ZRANGE", listing, "0", RedisArgument(Self.width - 1))
            let reply = try await hosts.send([command], to: host)[0]
            if let text = reply.errorText {
                // Somebody has put something else in the listing's place.
                if text.hasPrefix("WRONGTYPE") { return tally }
                throw ChannelLayerError(refused: text, "list a dead front's groups")
            }
            let listed = reply.elements ?? []
            let names = listed.compactMap(\.bytes)
            if names.isEmpty { return tally }
            let groups = listed.compactMap { GroupName($0) }
            guard let removed = try await clear(groups) else { return nil }
            tally.members += removed
            tally.groups += groups.count
            try await onCleared(groups)
            let taken = try await claim.extend(
                after: [RedisCommand("ZREM", [listing] + names.map { RedisArgument($0) })]
            )
            // Should the front have been back before that, it is asked to write its listing again.
            guard taken.holds else { return nil }
            if let text = taken.replies[0].errorText { throw ChannelLayerError(refused: text, "clear a listing") }
        }
        return nil
    }

    private func clear(_ groups: [GroupName]) async throws(ChannelLayerError) -> Int? {
        var removed = 0
        var searches = groups.map { Search(group: $0) }
        while !searches.isEmpty {
            if Task.isCancelled { return nil }
            let (replies, holds) = try await claim.extend(after: searches.map(scan))
            guard holds else { return nil }
            var calls: [ScriptCall] = []
            var unfinished: [Search] = []
            for (search, reply) in zip(searches, replies) {
                guard let found = try found(reply, in: search.group) else { continue }
                calls += removals(found.members, from: search.group)
                if found.cursor != "0" { unfinished.append(Search(group: search.group, cursor: found.cursor)) }
            }
            removed += try await remove(calls)
            searches = unfinished
            await Task.yield()
        }
        return removed
    }

    private func scan(_ search: Search) -> RedisCommand {
        RedisCommand(
            "ZSCAN",
            RedisArgument(hosts.keys.members(of: search.group)),
            RedisArgument(search.cursor),
            "MATCH",
            RedisArgument(hosts.keys.memberPattern(of: claim.front)),
            "COUNT",
            RedisArgument(Self.slice)
        )
    }

    /// Members and scores in turn; `nil` where a group cannot have any.
    private func found(
        _ reply: RedisReply,
        in group: GroupName
    ) throws(ChannelLayerError) -> (cursor: String, members: [RedisReply])? {
        if let text = reply.errorText {
            // Somebody has put something else in the group's place.
            if text.hasPrefix("WRONGTYPE") { return nil }
            throw ChannelLayerError(refused: text, "list the members of \(group)")
        }
        guard let parts = reply.elements, parts.count == 2, let cursor = parts[0].string else {
            throw ChannelLayerError(refused: "an unexpected reply to ZSCAN", "list the members of \(group)")
        }
        return (cursor, parts[1].elements ?? [])
    }

    private func removals(_ members: [RedisReply], from group: GroupName) -> [ScriptCall] {
        let key = RedisArgument(hosts.keys.members(of: group))
        let arguments = members.compactMap { $0.bytes.map { RedisArgument($0) } }
        return stride(from: 0, to: arguments.count, by: Self.slice * 2).map { start in
            let end = min(start + Self.slice * 2, arguments.count)
            return ScriptCall(LuaScripts.removeMembers, keys: [key], arguments: Array(arguments[start..<end]))
        }
    }

    private func remove(_ calls: [ScriptCall]) async throws(ChannelLayerError) -> Int {
        guard !calls.isEmpty else { return 0 }
        var removed = 0
        for reply in try await hosts.evaluate(calls, on: host) {
            if let text = reply.errorText { throw ChannelLayerError(refused: text, "remove a dead front's members") }
            removed += reply.int ?? 0
        }
        LayerMetrics.membersReaped.increment(by: removed)
        return removed
    }
}
