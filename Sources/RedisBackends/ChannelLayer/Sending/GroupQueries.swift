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
        guard let text = reply.string else { return nil }
        do {
            try self.init(text)
        } catch {
            LayerMetrics.strayNames.increment()
            return nil
        }
    }
}
