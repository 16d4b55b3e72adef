public import Applications
public import ChannelLayers
import Redis

/// When users were last here, in Redis, where all fronts share it: the sorted set `asgi:seen`, by Redis' clock.
public struct RedisLastSeen: LastSeenStore {
    /// How many users are forgotten at once.
    private static let batch = 64

    private let hosts: RedisHosts

    /// Makes a store on a layer's connections to Redis; it works while the layer runs.
    ///
    /// - Parameter layer: The layer.
    public init(sharing layer: RedisChannelLayer) {
        hosts = layer.context.hosts
    }

    /// Notes that a user is here now.
    public func note(_ user: UserName) async throws(ChannelLayerError) {
        let arguments = [
            RedisArgument(user.rawValue), RedisArgument(InMemoryLastSeen.lifetime),
            RedisArgument(InMemoryLastSeen.mostUsers), RedisArgument(Self.batch),
        ]
        _ = try await call(LuaScripts.noteSeen, "note a user in", arguments)
    }

    /// Tells who was here last.
    public func latest(_ limit: Int) async throws(ChannelLayerError) -> [LastSeen] {
        let arguments = [RedisArgument(max(1, min(limit, 1000))), RedisArgument(InMemoryLastSeen.lifetime)]
        let pairs = try await call(LuaScripts.latestSeen, "read", arguments).elements ?? []
        return stride(from: 0, to: pairs.count - 1, by: 2).compactMap { index in
            guard let user = UserName(pairs[index]), let time = pairs[index + 1].double else { return nil }
            return LastSeen(user: user, seconds: Int(exactly: time.rounded(.down)) ?? 0)
        }
    }

    private func call(
        _ script: RedisScript,
        _ what: String,
        _ arguments: [RedisArgument]
    ) async throws(ChannelLayerError) -> RedisReply {
        let key = hosts.keys.lastSeen
        let reply = try await hosts.evaluate(script, [([RedisArgument(key)], arguments)], on: hosts.selection.lastSeen)[
            0
        ]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "\(what) \(key)") }
        return reply
    }
}
