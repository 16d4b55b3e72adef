import ChannelLayers

/// One user's inbox in memory, with its unread counts: what changes one changes the other.
struct Inbox: Sendable {
    /// A time on both clocks: one gives ids, the other measures ages.
    struct Moment: Sendable {
        /// Since 1970.
        let milliseconds: UInt64
        let instant: ContinuousClock.Instant
    }

    /// How many messages went, and why.
    struct Dropped: Sendable, Equatable {
        var byCount = 0
        var byAge = 0

        var total: Int { byCount + byAge }
    }

    private struct Entry {
        let message: DirectMessage
        let stored: ContinuousClock.Instant
    }

    /// What a sender's client calls a message.
    private struct ClientMessage: Hashable {
        let sender: UserName
        let clientID: String
    }

    /// A message that was sent with a client id.
    private struct Sent {
        let id: MessageID
        /// Tells its text from others.
        let textHash: Int
        var isSettled = false
    }

    /// How many client ids are known at most: a memory has an end, whatever a client makes up.
    static let mostRepeats = 10_000

    private var entries: [Entry] = []
    /// How many messages of whom are in the inbox.
    private(set) var unread: UnreadCounts = [:]
    /// How many have ever gone before the receiver had them.
    private(set) var lost = 0
    /// Of how many of them the receiver was told.
    private var told = 0
    private var newest = MessageID.zero
    /// When something has happened last.
    private(set) var touched: ContinuousClock.Instant
    private var sent: [ClientMessage: Sent] = [:]
    /// Those of `sent`, the oldest first from `firstSent` on.
    private var sentInOrder: [(message: ClientMessage, stored: ContinuousClock.Instant)] = []
    private var firstSent = 0

    init(now: Moment) {
        touched = now.instant
    }

    /// How many messages wait.
    var count: Int { entries.count }

    /// How many client ids are known.
    var repeatsKnown: Int { sent.count }

    /// How many have gone that the receiver was not told of.
    var missing: Int { lost - told }

    /// The user is here.
    mutating func touch(now: Moment) {
        touched = now.instant
    }

    /// Whether nothing has happened for so long that all that was in it is too old.
    func isForgotten(_ limits: InboxLimits, now: Moment) -> Bool {
        now.instant - touched > limits.age + InboxLimits.afterlife
    }

    /// Puts a message in, unless its sender's client has sent it before; returns what went for it too.
    mutating func store(
        _ draft: DirectMessageDraft,
        _ limits: InboxLimits,
        now: Moment
    ) -> (receipt: InboxReceipt, dropped: Dropped) {
        touched = now.instant
        forgetSent(limits, now: now)
        let client = draft.clientID.map { ClientMessage(sender: draft.sender, clientID: $0) }
        if let client, let known = sent[client] {
            let isSettled = known.isSettled || known.textHash != draft.text.hashValue
            return (.storedBefore(known.id, isSettled: isSettled), trim(limits, now: now))
        }
        newest = MessageID.next(after: newest, milliseconds: now.milliseconds)
        entries.append(Entry(message: DirectMessage(id: newest, draft), stored: now.instant))
        unread[draft.sender, default: 0] += 1
        if let client {
            sent[client] = Sent(id: newest, textHash: draft.text.hashValue)
            sentInOrder.append((client, now.instant))
        }
        return (.stored(newest), trim(limits, now: now))
    }

    /// Lets go of what is over the limits.
    mutating func trim(_ limits: InboxLimits, now: Moment) -> Dropped {
        var dropped = Dropped()
        for entry in entries {
            if now.instant - entry.stored > limits.age {
                dropped.byAge += 1
            } else if entries.count - dropped.total > limits.count {
                dropped.byCount += 1
            } else {
                break
            }
        }
        for entry in entries.prefix(dropped.total) { leave(entry.message.draft.sender) }
        entries.removeFirst(dropped.total)
        lost += dropped.total
        return dropped
    }

    func page(after id: MessageID, limit: Int) -> InboxPage {
        let later = entries.drop { $0.message.id <= id }
        let messages = later.prefix(max(1, min(limit, 1000)))
        return InboxPage(
            messages: messages.map(\.message),
            isLast: messages.count == later.count,
            unread: unread,
            missing: missing,
            lost: lost
        )
    }

    mutating func acknowledge(_ ids: [MessageID], now: Moment) {
        let ids = Set(ids)
        remove(now: now) { ids.contains($0.id) }
    }

    mutating func read(from sender: UserName, upTo id: MessageID, now: Moment) {
        remove(now: now) { $0.draft.sender == sender && $0.id <= id }
    }

    mutating func acknowledgeMissing(upTo lost: Int, now: Moment) {
        touched = now.instant
        told = max(told, min(lost, self.lost))
    }

    /// All have been told of a message.
    mutating func settle(_ draft: DirectMessageDraft, as id: MessageID) {
        guard let client = draft.clientID.map({ ClientMessage(sender: draft.sender, clientID: $0) }) else { return }
        if sent[client]?.id == id { sent[client]?.isSettled = true }
    }

    private mutating func remove(now: Moment, where isToGo: (DirectMessage) -> Bool) {
        touched = now.instant
        for entry in entries where isToGo(entry.message) { leave(entry.message.draft.sender) }
        entries.removeAll { isToGo($0.message) }
    }

    /// Counts one message of a sender less.
    private mutating func leave(_ sender: UserName) {
        let left = (unread[sender] ?? 0) - 1
        unread[sender] = left > 0 ? left : nil
    }

    private mutating func forgetSent(_ limits: InboxLimits, now: Moment) {
        while firstSent < sentInOrder.count {
            let (message, stored) = sentInOrder[firstSent]
            guard now.instant - stored > limits.repeats || sent.count >= Self.mostRepeats else { break }
            sent[message] = nil
            firstSent += 1
        }
        // Now and then, so that it costs little for each.
        guard firstSent > 1000, firstSent > sentInOrder.count / 2 else { return }
        sentInOrder.removeFirst(firstSent)
        firstSent = 0
    }
}
