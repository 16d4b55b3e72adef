public import Applications
public import ChannelLayers
import Redis

/// The records of uploaded files in Redis, where all fronts share them: a hash `asgi:media:<id>` each, which expires.
public struct RedisMediaRecords: MediaRecordStore {
    private let hosts: RedisHosts

    /// Makes a store on a layer's connections to Redis; it works while the layer runs.
    ///
    /// - Parameter layer: The layer.
    public init(sharing layer: RedisChannelLayer) {
        hosts = layer.context.hosts
    }

    /// Keeps a record.
    ///
    /// - Throws: `unavailable` or `refused`.
    public func save(_ record: MediaRecord, for lifetime: Duration) async throws(ChannelLayerError) {
        let fields: [RedisArgument] = [
            "type", RedisArgument(record.type), "size", RedisArgument(record.size), "sha256",
            RedisArgument(record.sha256), "name", RedisArgument(record.name), "url", RedisArgument(record.url),
        ]
        _ = try await keep(record.id, lifetime, fields)
    }

    /// Keeps a record for longer.
    ///
    /// - Throws: `unavailable` or `refused`.
    public func extend(_ id: MediaID, to lifetime: Duration) async throws(ChannelLayerError) -> Bool {
        try await keep(id, lifetime, [])
    }

    private func keep(
        _ id: MediaID,
        _ lifetime: Duration,
        _ fields: [RedisArgument]
    ) async throws(ChannelLayerError) -> Bool {
        let key = hosts.keys.media(id.rawValue)
        let arguments = [RedisArgument(max(1, Int(lifetime.components.seconds)))] + fields
        let calls = [(keys: [RedisArgument(key)], arguments: arguments)]
        let reply = try await hosts.evaluate(LuaScripts.keepMedia, calls, on: hosts.selection.media(id.rawValue))[0]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "keep \(key)") }
        return reply.int == 1
    }

    /// Reads a record; what somebody else has written under its name is none.
    ///
    /// - Throws: `unavailable` or `refused`.
    public func record(_ id: MediaID) async throws(ChannelLayerError) -> KeptMediaRecord? {
        let key = RedisArgument(hosts.keys.media(id.rawValue))
        let replies = try await hosts.send(
            [
                RedisCommand("HMGET", key, "type", "size", "sha256", "name"),
                RedisCommand("TTL", key),
            ],
            to: hosts.selection.media(id.rawValue)
        )
        for reply in replies {
            if let text = reply.errorText { throw ChannelLayerError(refused: text, "read the record of file \(id)") }
        }
        guard
            let fields = replies[0].elements, fields.count == 4, let type = fields[0].string, let size = fields[1].int,
            let sha256 = fields[2].string, let name = fields[3].string, let seconds = replies[1].int,
            let record = MediaRecord(type: type, size: size, sha256: sha256, name: name), record.id == id
        else { return nil }
        // -1 is a record that somebody has made last for ever.
        return KeptMediaRecord(record, remaining: .seconds(seconds == -1 ? 31_536_000 : max(seconds, 0)))
    }

    /// Says which files have a record.
    ///
    /// - Throws: `unavailable` or `refused`.
    public func known(among ids: [MediaID]) async throws(ChannelLayerError) -> Set<MediaID> {
        var known: Set<MediaID> = []
        for (host, ids) in Dictionary(grouping: ids, by: { hosts.selection.media($0.rawValue) }) {
            let commands = ids.map { RedisCommand("EXISTS", RedisArgument(hosts.keys.media($0.rawValue))) }
            for (id, reply) in zip(ids, try await hosts.send(commands, to: host)) {
                guard let count = reply.int else {
                    throw ChannelLayerError(refused: reply.errorText ?? "\(reply)", "look for the record of file \(id)")
                }
                if count > 0 { known.insert(id) }
            }
        }
        return known
    }
}
