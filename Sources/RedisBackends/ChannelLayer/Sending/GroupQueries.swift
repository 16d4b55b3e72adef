package import ChannelLayers
import CoreMetrics
import Redis

/// What can be asked of groups without being a member of any: one command each.
package struct GroupQueries: Sendable {
    private let hosts: RedisHosts

    package init(hosts: RedisHosts) {
        self.hosts = hosts
    }

    /// How many members a group has in all processes.
    package func count(of group: GroupName) async throws(ChannelLayerError) -> Int {
        try await send("ZCARD", group).int ?? 0
    }

    /// How many people a group has in all processes.
    package func people(in group: GroupName) async throws(ChannelLayerError) -> Int {
        let command = RedisCommand("HLEN", RedisArgument(hosts.keys.people(of: group)))
        return try await hosts.send(command, to: hosts.selection.people(in: group)).int ?? 0
    }

    /// People in a group in all processes, at most so many; names that are not valid are passed over.
    package func listPeople(in group: GroupName, limit: Int) async throws(ChannelLayerError) -> [UserName] {
        // With a negative count Redis gives the same one several times.
        let command = RedisCommand(
            "HRANDFIELD",
            RedisArgument(hosts.keys.people(of: group)),
            RedisArgument("\(max(limit, 0))")
        )
        let reply = try await hosts.send(command, to: hosts.selection.people(in: group))
        return (reply.elements ?? []).compactMap { UserName($0) }
    }

    /// A group's members in all processes, in the order of joining; members whose name is not valid are passed over.
    package func members(of group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        (try await send("ZRANGE", group, "0", "-1").elements ?? []).compactMap { ChannelName($0) }
    }

    private func send(
        _ name: String,
        _ group: GroupName,
        _ arguments: RedisArgument...
    ) async throws(ChannelLayerError) -> RedisReply {
        let key = RedisArgument(hosts.keys.members(of: group))
        return try await hosts.send(RedisCommand(name, [key] + arguments), to: hosts.selection.members(of: group))
    }
}

extension ChannelName {
    /// The name in a reply; `nil` if it is not valid.
    init?(_ reply: RedisReply) {
        guard let name = reply.name({ try ChannelName($0) }) else { return nil }
        self = name
    }
}

extension UserName {
    /// The name in a reply; `nil` if it is not valid, which no front writes.
    init?(_ reply: RedisReply) {
        guard let name = reply.name({ try UserName($0) }) else { return nil }
        self = name
    }
}

extension RedisReply {
    /// What is made of the text in a reply; `nil`, and counted, if the text is no such name.
    fileprivate func name<Name>(_ make: (String) throws -> Name) -> Name? {
        guard let text = string else { return nil }
        do {
            return try make(text)
        } catch {
            LayerMetrics.strayNames.increment()
            return nil
        }
    }
}
