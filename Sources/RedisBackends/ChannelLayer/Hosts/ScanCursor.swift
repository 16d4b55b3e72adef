import ChannelLayers
import Redis

/// How far a sorted set has been scanned.
///
/// Whatever is in it from the beginning to the end is seen, once or more often; what comes or goes meanwhile may be.
struct ScanCursor {
    private var position = "0"
    private(set) var isDone = false

    /// The command for what comes next.
    func command(_ name: String, _ key: RedisArgument, _ options: RedisArgument...) -> RedisCommand {
        RedisCommand(name, [key, RedisArgument(position)] + options)
    }

    /// Takes the reply to the command.
    ///
    /// - Parameter reply: What Redis answered.
    /// - Returns: The members seen, without their scores.
    /// - Throws: An error if this is no such reply.
    mutating func advance(_ reply: RedisReply) throws(ChannelLayerError) -> [RedisReply] {
        guard let parts = reply.elements, parts.count == 2, let next = parts[0].string, let seen = parts[1].elements
        else { throw ChannelLayerError(refused: "an unexpected reply", "scan a sorted set") }
        position = next
        isDone = next == "0"
        return stride(from: 0, to: seen.count, by: 2).map { seen[$0] }
    }

    /// Looks no further.
    mutating func finish() {
        isDone = true
    }
}
