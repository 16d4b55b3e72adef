import ChannelLayers
import Consumers
import CoreMetrics
import Logging
import Messages
import NIOCore
import Synchronization

/// One message on its way to the event loops: rendered and framed once per consumer type, however many loops and
/// connections there are.
final class GroupDelivery: Sendable {
    /// What each member of a section gets.
    enum Outcome: Sendable {
        case write(ByteBuffer)
        case personal
        case close(CloseCode)
        case nothing
    }

    let message: Message
    private let logger: Logger
    private let outcomes = Mutex<[ObjectIdentifier: Outcome]>([:])

    init(_ message: Message, logger: Logger) {
        self.message = message
        self.logger = logger
    }

    /// What the members of a kind get; the first caller renders.
    func outcome(for kind: ConsumerKind) -> Outcome {
        outcomes.withLock { outcomes in
            if let known = outcomes[kind.id] { return known }
            let outcome = render(for: kind)
            outcomes[kind.id] = outcome
            return outcome
        }
    }

    private func render(for kind: ConsumerKind) -> Outcome {
        do {
            switch try kind.render(message) {
            case .frame(let frame): return .write(FrameEncoder.frame(frame))
            case .personal: return .personal
            case .close(let code): return .close(code)
            case .nothing: return .nothing
            case .unknown:
                FrontMetrics.unknownMessages.increment()
                logger.debug(
                    "message of a type that the consumer does not know",
                    metadata: ["consumer": "\(kind.name)", "type": "\(message.type)"]
                )
                return .nothing
            }
        } catch {
            FrontMetrics.renderFailures.increment()
            logger.debug(
                "consumer could not render a message",
                metadata: ["consumer": "\(kind.name)", "type": "\(message.type)", "error": "\(error)"]
            )
            return .nothing
        }
    }
}
