package import ChannelLayers
package import Messages
package import Redis

/// What can be asked of groups, and sent to them, without being a member of any: one command each.
package struct GroupQueries: Sendable {
    private let client: RedisClient
    private let keys: RedisKeys

    package init(client: RedisClient, keys: RedisKeys) {
        self.client = client
        self.keys = keys
    }

    /// How many members a group has in all processes.
    package func count(of group: GroupName) async throws(ChannelLayerError) -> Int {
        try await send(RedisCommand("ZCARD", RedisArgument(keys.members(of: group)))).int ?? 0
    }

    /// A group's members in all processes, in the order of joining; members whose name is not valid are passed over.
    package func members(of group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        let reply = try await send(RedisCommand("ZRANGE", RedisArgument(keys.members(of: group)), "0", "-1"))
        return (reply.elements ?? []).compactMap { element in
            guard let name = element.string else { return nil }
            return try? ChannelName(name)
        }
    }

    /// Relays a message; returns how many processes heard it.
    package func send(_ message: Message, to group: GroupName) async throws(ChannelLayerError) -> Int {
        try await publish(message, on: keys.relay(of: group))
    }

    /// Sends a message to one channel; returns how many processes heard it.
    package func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) -> Int {
        try await publish(message, on: channel.rawValue)
    }

    private func publish(_ message: Message, on topic: String) async throws(ChannelLayerError) -> Int {
        try await send(RedisCommand("PUBLISH", RedisArgument(topic), RedisArgument(message.messagePack()))).int ?? 0
    }

    private func send(_ command: RedisCommand) async throws(ChannelLayerError) -> RedisReply {
        do {
            return try await client.send(command)
        } catch {
            throw ChannelLayerError(error)
        }
    }
}
