import ChannelLayers
import Messages

/// The messages of the layer by which direct messages reach the connections of a user.
enum DirectAnnouncement {
    /// To the receiver: something is in the inbox.
    static let arrived = "direct.arrived"
    /// To the receiver: the unread counts have changed.
    static let unread = "direct.unread"
    /// To the sender, recorded: what one of the user's connections has sent.
    static let sent = "direct.sent"
    /// To the sender, recorded: what became of a message.
    static let receipt = "direct.receipt"

    /// That a message is in the inbox, with the message itself: another connection of the user may acknowledge it before
    /// this one comes to read it.
    static func arrived(_ message: DirectMessage) -> Message {
        var fields: MessageMap = [
            "of": .string(message.id.description), "sender": .string(message.draft.sender.rawValue),
            "message": .string(message.draft.text),
        ]
        if let client = message.draft.clientID { fields["client"] = .string(client) }
        if message.draft.wantsReceipts { fields["receipt"] = true }
        return Message(type: arrived, fields)
    }

    /// That a message is in the inbox, or was: nobody is shown it who does not find it there.
    static func arrivedBefore(_ id: MessageID) -> Message {
        Message(type: arrived, ["of": .string(id.description)])
    }

    /// What was announced: a message, or the id alone.
    static func id(of announcement: Message) -> MessageID? {
        announcement["of"]?.stringValue.flatMap { MessageID($0) }
    }

    /// The message that was announced, if it came along.
    static func message(in announcement: Message, to receiver: UserName) -> DirectMessage? {
        guard
            let id = id(of: announcement), let text = announcement["message"]?.stringValue,
            let sender = announcement["sender"]?.stringValue.flatMap({ Correspondence.user(named: $0) })
        else { return nil }
        return DirectMessage(
            id: id,
            DirectMessageDraft(
                sender: sender,
                receiver: receiver,
                text: text,
                clientID: announcement["client"]?.stringValue,
                wantsReceipts: announcement["receipt"]?.boolValue ?? false
            )
        )
    }

    /// What a user has sent, for the user's own connections.
    static func sent(_ message: DirectMessage, by channel: ChannelName) -> Message {
        var fields: MessageMap = [
            "sender": .string(message.draft.sender.rawValue), "receiver": .string(message.draft.receiver.rawValue),
            "message": .string(message.draft.text), "of": .string(message.id.description),
            "channel": .string(channel.rawValue),
        ]
        if let client = message.draft.clientID { fields["client"] = .string(client) }
        return Message(type: sent, fields)
    }

    /// What became of a message.
    static func receipt(of id: MessageID, to receiver: UserName, _ state: ReceiptState) -> Message {
        Message(
            type: receipt,
            [
                "receiver": .string(receiver.rawValue), "of": .string(id.description),
                "state": .string(state.rawValue),
            ]
        )
    }
}

/// What became of a message whose sender wants to know.
enum ReceiptState: String, Sendable {
    case delivered, read
}
