import ChannelLayers
import Consumers
import CoreMetrics
import Messages

/// The conversation with one customer: a group of its own, whose history is the transcript.
///
/// A customer who comes again goes on with the same transcript: staff see what it was about before.
enum SupportTalk {
    /// The type of whatever is said or happens in a conversation.
    static let message = "support.message"
    /// How many messages those get who enter.
    static let recentMessages = 50

    /// Who says something.
    enum Side: String {
        case customer
        case staff
    }

    /// What happened, told by the desk.
    enum Event: String {
        case taken
        case handedOver = "handed_over"
        case staffGone = "staff_gone"
        case ended

        /// For those who show texts as they are.
        func text(_ name: UserName) -> String {
            switch self {
            case .taken: "\(name) has taken the conversation."
            case .handedOver: "The conversation was handed over to \(name)."
            case .staffGone: "\(name) is gone. The customer is first in the queue."
            case .ended: "\(name) has ended the conversation."
            }
        }
    }

    /// The group; `nil` for a name that cannot be a customer's.
    static func group(of customer: UserName) -> GroupName? {
        GroupName("support.talk.", pathSegment: customer.rawValue)
    }

    /// Tells both sides what one has said, and keeps it; `client` is what the one who said it calls it.
    static func record(
        _ text: String,
        by name: UserName,
        _ side: Side,
        with customer: UserName,
        client: String?,
        on layer: any ChannelLayer
    ) async throws(ChannelLayerError) {
        guard let group = group(of: customer) else { return }
        SupportMetrics.messages.increment()
        var fields: MessageMap = [
            "customer": .string(customer.rawValue), "from": .string(side.rawValue),
            "name": .string(name.rawValue), "text": .string(text),
        ]
        if let client { fields["client"] = .string(client) }
        try await layer.groupRecord(Message(type: message, fields), to: group)
    }

    /// Tells both sides what has happened, and keeps it.
    static func record(
        _ event: Event,
        by name: UserName,
        with customer: UserName,
        on layer: any ChannelLayer
    ) async throws(ChannelLayerError) {
        guard let group = group(of: customer) else { return }
        try await layer.groupRecord(
            Message(
                type: message,
                [
                    "customer": .string(customer.rawValue), "from": "desk", "event": .string(event.rawValue),
                    "name": .string(name.rawValue), "text": .string(event.text(name)),
                ]
            ),
            to: group
        )
    }

    /// How both sides see what the desk and the conversations tell.
    static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case Self.message:
            guard let customer = message["customer"]?.stringValue, message["text"]?.stringValue != nil else {
                return .unknown
            }
            var fields: MessageMap = ["stream": .string(customer)]
            for field in ["from", "event", "name", "text", "client"] {
                if let text = message[field]?.stringValue { fields[field] = .string(text) }
            }
            return .frame(try StructuredFrame.frame("message", of: message, fields))
        case DeskSnapshot.messageType: return .personal
        case Message.historyGap.type: return .frame(try StructuredFrame.gap())
        case Message.historyCaughtUp.type: return .nothing
        default: return .unknown
        }
    }
}
