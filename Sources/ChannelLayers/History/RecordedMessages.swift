import DequeModule
import Messages

/// The history of one group in memory.
struct RecordedMessages: Sendable {
    private struct Entry {
        let id: MessageID
        let message: Message
        let recorded: ContinuousClock.Instant
    }

    private static let longestPage = 1000

    private var entries: Deque<Entry> = []
    /// When the newest was recorded, or the history begun.
    private var lastRecorded: ContinuousClock.Instant?
    /// Of all that were ever recorded.
    private(set) var newest = MessageID.zero
    /// Of those that are no longer kept.
    private var newestDropped = MessageID.zero

    /// Records a message; returns it with its id.
    mutating func record(
        _ message: Message,
        limit: HistoryLimit,
        milliseconds: UInt64,
        now: ContinuousClock.Instant
    ) -> Message {
        newest = MessageID.next(after: newest, milliseconds: milliseconds)
        let message = message.identified(as: newest)
        entries.append(Entry(id: newest, message: message, recorded: now))
        lastRecorded = now
        trim(limit, now: now)
        return message
    }

    /// Where the history ends; one in which nothing was ever recorded begins here, so that what comes later is known to
    /// be all.
    mutating func end(milliseconds: UInt64, now: ContinuousClock.Instant) -> MessageID {
        if newest == .zero {
            newest = MessageID.next(after: .zero, milliseconds: milliseconds)
            newestDropped = newest
            lastRecorded = now
        }
        return newest
    }

    /// Lets go of what is over the limit.
    mutating func trim(_ limit: HistoryLimit, now: ContinuousClock.Instant) {
        while let first = entries.first, entries.count > limit.count || now - first.recorded > limit.age {
            newestDropped = first.id
            entries.removeFirst()
        }
    }

    /// Whether nothing is kept, and the last message was recorded longer ago than this.
    func isForgotten(after time: Duration, now: ContinuousClock.Instant) -> Bool {
        entries.isEmpty && lastRecorded.map { now - $0 > time } ?? true
    }

    func page(from start: HistoryStart, limit: Int) -> HistoryPage {
        let limit = max(1, min(limit, Self.longestPage))
        switch start {
        case .newest(let count):
            let messages = entries.suffix(max(0, min(count, limit))).map(\.message)
            return HistoryPage(messages: messages, hasGap: false, end: newest, isLast: true)
        case .after(let id):
            let isKnown = id == newest || id == newestDropped || entries.contains { $0.id == id }
            // What came before the whole of the history is kept for nobody.
            let after = id > newest ? .zero : id
            let later = entries.drop { $0.id <= after }
            let messages = later.prefix(limit)
            return HistoryPage(
                messages: messages.map(\.message),
                hasGap: !isKnown,
                end: messages.last?.id ?? newest,
                isLast: messages.count == later.count
            )
        }
    }
}
