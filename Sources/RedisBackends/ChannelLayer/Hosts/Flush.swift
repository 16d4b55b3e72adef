import ChannelLayers
import Redis

/// Deletes what a channel layer keeps on one host: groups, mailboxes, work queues, whoever's they are.
///
/// As `flush` of `channels_redis` does, but by SCAN, so that Redis answers others meanwhile, and without those keys of
/// prefixes that begin alike that can be told apart, see `RedisKeys.owns`.
struct Flush: Sendable {
    let hosts: RedisHosts

    func run(on host: Int) async throws(ChannelLayerError) {
        let pattern = RedisArgument(hosts.keys.scanPattern)
        var cursor = "0"
        repeat {
            let scan = RedisCommand("SCAN", RedisArgument(cursor), "MATCH", pattern, "COUNT", "1000")
            let reply = try await hosts.send(scan, to: host)
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].string else {
                throw ChannelLayerError(refused: "an unexpected reply to SCAN", "list its keys")
            }
            let keys = (parts[1].elements ?? []).compactMap(\.string).filter(hosts.keys.owns)
            if !keys.isEmpty {
                _ = try await hosts.send(RedisCommand("UNLINK", keys.map { RedisArgument($0) }), to: host)
            }
            cursor = next
        } while cursor != "0"
    }
}
