import ChannelLayers
import DequeModule

/// A message whose sender wants to know what becomes of it.
struct AwaitedReceipt: Sendable, Equatable {
    let id: MessageID
    let sender: UserName
}

/// The messages that one connection was sent and whose senders want to know what becomes of them.
struct AwaitedReceipts: Sendable {
    /// So many are remembered: as many as an inbox usually holds.
    static let limit = 1000

    private struct Entry: Sendable {
        let sender: UserName
        var isDelivered = false
    }

    private var entries: [MessageID: Entry] = [:]
    private var order: Deque<MessageID> = []

    /// The client was sent a message.
    mutating func sent(_ message: DirectMessage) {
        guard entries.updateValue(Entry(sender: message.draft.sender), forKey: message.id) == nil else { return }
        order.append(message.id)
        // What was read is not in there any more.
        while entries.count > Self.limit || order.count > 2 * Self.limit, let oldest = order.popFirst() {
            entries.removeValue(forKey: oldest)
        }
    }

    /// Of which of the messages the senders are to be told that they were delivered.
    func dueToBeDelivered(_ ids: [MessageID]) -> [AwaitedReceipt] {
        ids.compactMap { id in
            guard let entry = entries[id], !entry.isDelivered else { return nil }
            return AwaitedReceipt(id: id, sender: entry.sender)
        }
    }

    /// The newest message of a sender, up to one of them, that has not been read yet: it stands for those before it.
    func dueToBeRead(from sender: UserName, upTo last: MessageID) -> AwaitedReceipt? {
        let newest = entries.lazy.filter { $0.key <= last && $0.value.sender == sender }.map(\.key).max()
        return newest.map { AwaitedReceipt(id: $0, sender: sender) }
    }

    /// The senders were told that these were delivered.
    mutating func toldDelivered(_ receipts: [AwaitedReceipt]) {
        for receipt in receipts { entries[receipt.id]?.isDelivered = true }
    }

    /// The sender was told that this one was read, and with it all of the sender's before it.
    mutating func toldRead(_ receipt: AwaitedReceipt) {
        entries = entries.filter { $0.key > receipt.id || $0.value.sender != receipt.sender }
    }
}
