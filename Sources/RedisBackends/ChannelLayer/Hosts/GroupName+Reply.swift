import ChannelLayers
import CoreMetrics
import Redis

extension GroupName {
    /// The name in a reply; `nil` if it is not valid, which no front writes.
    init?(_ reply: RedisReply) {
        guard let bytes = reply.bytes else { return nil }
        do {
            try self.init(String(decoding: bytes, as: UTF8.self))
        } catch {
            LayerMetrics.strayNames.increment()
            return nil
        }
    }
}
