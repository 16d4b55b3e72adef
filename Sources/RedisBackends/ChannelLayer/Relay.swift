import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis
import Synchronization

/// The receiving side of the relay: turns what Redis publishes into messages for the front.
///
/// Called on the subscription's event loop, in the order of publication. What is not a message costs a counter and at
/// most one log line a minute.
final class Relay: Sendable {
    private let keys: RedisKeys
    private let logger: Logger
    private let limiter = LogLimiter()
    private let onGroupMessage: @Sendable (Message, GroupName) -> Void
    private let receiver = Mutex<(any ChannelLayerReceiver)?>(nil)

    /// Makes a relay; `onGroupMessage` is called for each group message before the front is.
    init(keys: RedisKeys, logger: Logger, onGroupMessage: @escaping @Sendable (Message, GroupName) -> Void) {
        self.onGroupMessage = onGroupMessage
        self.keys = keys
        self.logger = logger
    }

    func attach(_ receiver: any ChannelLayerReceiver) {
        self.receiver.withLock { $0 = receiver }
    }

    func receive(_ publication: RedisPublication) {
        guard let receiver = receiver.withLock({ $0 }) else { return }
        do {
            let message = try Message(messagePack: publication.payload)
            switch publication.topic {
            case .channel(let name):
                guard let group = keys.group(ofRelay: name) else { return }
                onGroupMessage(message, group)
                receiver.receive(message, group: group)
            case .pattern:
                receiver.receive(message, channel: try ChannelName(publication.channel))
            }
        } catch {
            LayerMetrics.badMessages.increment()
            guard let held = limiter.admit() else { return }
            logger.warning(
                "dropped what is not a message; find out who publishes to this Redis channel",
                metadata: [
                    "redis_channel": "\(publication.channel)", "bytes": "\(publication.payload.count)",
                    "error": "\(error)", "held_back": "\(held)",
                ]
            )
        }
    }
}
