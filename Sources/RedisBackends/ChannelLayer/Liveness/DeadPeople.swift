import ChannelLayers
import CoreMetrics
import Messages
import Redis

/// Takes the people of a front whose lease has lapsed out of their groups on one host, and tells the groups who left.
///
/// A front that comes back meanwhile takes its lease back first and writes its people anew after that, with a new stamp.
/// Whatever was read before is then no longer what Redis holds, and stays.
struct DeadPeople: Sendable {
    /// About how many fields one HSCAN looks at, and one batch removes.
    private static let slice = 250

    let host: Int
    let sender: MessageSender
    let context: LayerContext
    /// Told of groups that people of the front were in, before they are taken off its listing.
    let onCleared: @Sendable ([GroupName]) async throws(ChannelLayerError) -> Void

    private var hosts: RedisHosts { context.hosts }

    /// Removes all of a front's people, in bounded batches.
    ///
    /// - Parameters:
    ///   - front: The front, whose lease has lapsed.
    ///   - holdsClaim: Renews the claim to clear up after it; once it says no, nothing more is removed.
    /// - Returns: Whether everything is removed.
    /// - Throws: `.unavailable` when Redis cannot be reached, `.refused` when it answers with an error; what is removed
    ///   by then stays so, and the rest is left to the next attempt.
    func remove(
        _ front: FrontName,
        holdsClaim: () async throws(ChannelLayerError) -> Bool
    ) async throws(ChannelLayerError) -> Bool {
        let listing = hosts.keys.peoplesGroups(of: front)
        // Read before the claim is renewed: a front that is back after that has written another one.
        guard let known = try await mark(of: listing) else { return true }
        guard try await holdsClaim(), try await mark(listing, unlessOtherThan: known) else { return false }
        var scan = HashScan(key: listing, slice: Self.slice)
        while let found = try await scan.next(host, hosts) {
            let listed = found.filter { $0.field != PresenceShape.markField }
            var cleared: [GroupName] = []
            for (name, shape) in listed {
                guard let group = GroupName(listed: name) else { continue }
                let isRemoved = try await remove(front, from: group, PresenceShape(shape), holdsClaim)
                guard isRemoved else { return false }
                cleared.append(group)
            }
            try await onCleared(cleared)
            try await unlist(listed, from: listing)
        }
        return true
    }

    private func unlist(
        _ groups: [(field: String, value: String)],
        from listing: String
    ) async throws(ChannelLayerError) {
        let key = RedisArgument(listing)
        let calls = groups.map { ([key], [RedisArgument($0.field), RedisArgument($0.value)]) }
        for start in stride(from: 0, to: calls.count, by: Self.slice) {
            let part = Array(calls[start..<min(start + Self.slice, calls.count)])
            for reply in try await hosts.evaluate(LuaScripts.removeField, part, on: host) {
                if let text = reply.errorText { throw ChannelLayerError(refused: text, "list a group no more") }
            }
        }
    }

    /// What a listing says of itself, empty if nothing; `nil` if there is no listing.
    private func mark(of listing: String) async throws(ChannelLayerError) -> [UInt8]? {
        let key = RedisArgument(listing)
        let queries = [
            RedisCommand("EXISTS", key), RedisCommand("HGET", key, RedisArgument(PresenceShape.markField)),
        ]
        let replies = try await hosts.send(queries, to: host)
        if let text = replies.lazy.compactMap(\.errorText).first {
            // Somebody has put something else in its place.
            if text.hasPrefix("WRONGTYPE") { return nil }
            throw ChannelLayerError(refused: text, "read the listing of a dead front's people")
        }
        return replies[0].int == 1 ? replies[1].bytes ?? [] : nil
    }

    /// Lets the front know, should it come back, that groups were told that its people left.
    ///
    /// - Returns: Whether that is noted; not if the front has been back, and has written its listing.
    private func mark(_ listing: String, unlessOtherThan known: [UInt8]) async throws(ChannelLayerError) -> Bool {
        let call = (
            [RedisArgument(listing)],
            [
                RedisArgument(PresenceShape.markField), RedisArgument(known),
                RedisArgument(ListingMark.reaped.text), RedisArgument(FrontClaim.remembrance),
            ]
        )
        let reply = try await hosts.evaluate(LuaScripts.markListing, [call], on: host)[0]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "mark a dead front's people") }
        return reply.int == 1
    }

    private func remove(
        _ front: FrontName,
        from group: GroupName,
        _ shape: PresenceShape,
        _ holdsClaim: () async throws(ChannelLayerError) -> Bool
    ) async throws(ChannelLayerError) -> Bool {
        let calls = PeopleCalls(host: host, sender: sender, context: context)
        var scan = HashScan(key: hosts.keys.people(of: group), slice: Self.slice)
        while let people = try await scan.next(host, hosts) {
            let changes = people.compactMap { user, value in
                FrontEntry.find(front, in: value).map {
                    PeopleCalls.Change(group: group, user: user, entry: $0, message: shape.message(left: user))
                }
            }
            for start in stride(from: 0, to: changes.count, by: Self.slice) {
                guard try await holdsClaim() else { return false }
                let part = Array(changes[start..<min(start + Self.slice, changes.count)])
                for outcome in try await calls.make(part, of: front, by: LuaScripts.personLeft) {
                    if case .refused(let text) = outcome, !PeopleCalls.isWrongType(text) {
                        throw ChannelLayerError(refused: text, "remove a dead front's person from \(group)")
                    }
                }
                LayerMetrics.deadPeople.increment(by: part.count)
            }
        }
        return try await holdsClaim()
    }
}

/// Goes through a hash, slice by slice.
private struct HashScan {
    let key: String
    let slice: Int
    private var cursor: String? = "0"

    init(key: String, slice: Int) {
        self.key = key
        self.slice = slice
    }

    /// The next fields that are text, with their values; `nil` when there are no more, or this is no hash.
    mutating func next(
        _ host: Int,
        _ hosts: RedisHosts
    ) async throws(ChannelLayerError) -> [(field: String, value: String)]? {
        guard let from = cursor else { return nil }
        let command = RedisCommand("HSCAN", RedisArgument(key), RedisArgument(from), "COUNT", RedisArgument(slice))
        let reply = try await hosts.send([command], to: host)[0]
        if let text = reply.errorText {
            if text.hasPrefix("WRONGTYPE") { return nil }
            throw ChannelLayerError(refused: text, "read \(key)")
        }
        guard let parts = reply.elements, parts.count == 2, let next = parts[0].string, let pairs = parts[1].elements
        else { throw ChannelLayerError(refused: "an unexpected reply to HSCAN", "read \(key)") }
        cursor = next == "0" ? nil : next
        return stride(from: 0, to: pairs.count - 1, by: 2).compactMap { index in
            guard let field = pairs[index].string, let value = pairs[index + 1].string else { return nil }
            return (field, value)
        }
    }
}

extension GroupName {
    /// The group in a front's listing; `nil` if that is no valid name, which no front writes.
    fileprivate init?(listed text: String) {
        do {
            try self.init(text)
        } catch {
            LayerMetrics.strayNames.increment()
            return nil
        }
    }
}
