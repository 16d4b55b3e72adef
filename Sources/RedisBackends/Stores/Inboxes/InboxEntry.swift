import Applications
import ChannelLayers
import Messages
import Redis

/// A direct message as it is in a stream of Redis.
///
/// Its fields are `sender`, which scripts count by; `message`, serialized and encrypted as all messages are, so that Django
/// reads it too; and `receipt`, `1` if the sender wants receipts.
struct InboxEntry: Sendable {
    /// Why an entry is no message.
    enum Fault: Error, Sendable, CustomStringConvertible {
        case noText
        case otherNames

        var description: String {
            switch self {
            case .noText: "it is not of type \(InboxEntry.type) with a text"
            case .otherNames: "its message is not of the entry's sender to the inbox' receiver"
            }
        }
    }

    private static let type = "direct.message"

    let id: MessageID
    private let sender: String
    private let payload: [UInt8]
    private let wantsReceipts: Bool

    /// The entries in a script's reply: of each its id, sender, message and whether a receipt is wanted.
    static func entries(_ fields: [RedisReply]) -> [InboxEntry] {
        stride(from: 0, to: fields.count - 3, by: 4).compactMap { index in
            guard let id = fields[index].string.flatMap({ MessageID($0) }) else { return nil }
            return InboxEntry(
                id: id,
                sender: fields[index + 1].string ?? "",
                payload: fields[index + 2].bytes ?? [],
                wantsReceipts: fields[index + 3].string == "1"
            )
        }
    }

    /// The bytes of a message in an entry.
    static func payload(of draft: DirectMessageDraft, wire: WireFormat) throws(ChannelLayerError) -> [UInt8] {
        var fields: MessageMap = [
            "sender": .string(draft.sender.rawValue), "receiver": .string(draft.receiver.rawValue),
            "message": .string(draft.text),
        ]
        if let client = draft.clientID { fields["client"] = .string(client) }
        do {
            return try wire.encode(Message(type: type, fields))
        } catch {
            throw ChannelLayerError(error)
        }
    }

    /// The message; throws if it is none.
    func message(to receiver: UserName, wire: WireFormat) throws -> DirectMessage {
        // However old: it waits for its receiver.
        let message = try wire.decode(payload.span)
        guard message.type == Self.type, let text = message["message"]?.stringValue else { throw Fault.noText }
        let sender = try UserName(sender)
        guard
            message["sender"]?.stringValue == sender.rawValue, message["receiver"]?.stringValue == receiver.rawValue
        else { throw Fault.otherNames }
        let draft = DirectMessageDraft(
            sender: sender,
            receiver: receiver,
            text: text,
            clientID: message["client"]?.stringValue,
            wantsReceipts: wantsReceipts
        )
        return DirectMessage(id: id, draft)
    }
}
