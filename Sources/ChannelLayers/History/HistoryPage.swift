public import Messages

/// A piece of a group's history.
public struct HistoryPage: Sendable, Hashable {
    /// The messages, each with its `id`, the oldest first.
    public let messages: [Message]
    /// Whether messages may be missing between the start and the first of these: they are no longer kept, or the start
    /// is a message that the history does not know.
    public let hasGap: Bool
    /// Where the page ends; reading goes on after it.
    ///
    /// With no messages on the page this is the history's newest, kept or
    /// not, or zero.
    public let end: MessageID
    /// Whether nothing had been recorded after the end when this was read.
    public let isLast: Bool

    /// Makes a page.
    ///
    /// - Parameters:
    ///   - messages: The messages, each with its `id`, the oldest first.
    ///   - hasGap: Whether messages may be missing before the first of them.
    ///   - end: Where the page ends.
    ///   - isLast: Whether nothing comes after the end.
    public init(messages: [Message], hasGap: Bool, end: MessageID, isLast: Bool) {
        self.messages = messages
        self.hasGap = hasGap
        self.end = end
        self.isLast = isLast
    }
}

extension HistoryPage {
    /// What is read of a group that keeps no history.
    ///
    /// Who was told of an id once, the beginning included, may have missed something.
    package static func nothingKept(from start: HistoryStart) -> HistoryPage {
        let isAfter = if case .after = start { true } else { false }
        return HistoryPage(messages: [], hasGap: isAfter, end: .zero, isLast: true)
    }
}

extension Message {
    /// What stands in a group's history for messages that may be missing: consumers render it as any other message.
    public static let historyGap = Message(type: "history.gap")

    /// What a group's members in a process get after the layer has read for them what its relay missed: what is
    /// recorded has all come, what is not recorded may have been missed.
    ///
    /// It takes the place of a `gap` for groups that keep a history, and no other process hears it. Consumers whose
    /// messages are all recorded render it as `.nothing`.
    public static let historyCaughtUp = Message(type: "history.caught_up")
}
