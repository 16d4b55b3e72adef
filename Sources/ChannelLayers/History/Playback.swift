/// How one who reads a group's history comes to hear the group itself: nothing twice, nothing missed, in order.
///
/// While the history is read, what is heard of it is let go, since it can be read too; only how far it went is noted. What
/// is heard again afterwards is let go as well, up to the first message that was not read.
package enum Playback: Sendable, Equatable {
    /// The history is being read; the newest message that was heard and let go, and the newest of them that had been
    /// when the page was asked for that is awaited.
    case reading(newest: MessageID?, sought: MessageID? = nil)
    /// All is read up to here.
    case following(end: MessageID)
    /// The history no longer matters.
    case live

    /// What becomes of a message that is heard.
    package enum Verdict: Sendable, Equatable {
        case deliver
        case letGo
    }

    /// What comes after a page.
    package enum Next: Sendable, Equatable {
        case readOn(after: MessageID)
        case done
    }

    /// A message of the group is heard; `nil` stands for the id of one that is not recorded.
    package mutating func heard(_ id: MessageID?) -> Verdict {
        guard let id else { return .deliver }
        switch self {
        case .reading(let newest, let sought):
            self = .reading(newest: max(newest ?? id, id), sought: sought)
            return .letGo
        case .following(let end):
            guard id > end else { return .letGo }
            self = .live
            return .deliver
        case .live:
            return .deliver
        }
    }

    /// A page was read and is delivered.
    package mutating func read(_ page: HistoryPage) -> Next {
        guard case .reading(let newest, let sought) = self else { return .done }
        // What was let go after the page was asked for may have come too late for it. What was let go before and is not
        // on it was lost with a history that was emptied: reading on would never find it.
        let isBehind = newest.map { $0 > max(page.end, sought ?? .zero) } ?? false
        if !page.isLast || isBehind {
            self = .reading(newest: newest, sought: newest)
            return .readOn(after: page.end)
        }
        self = .following(end: page.end)
        return .done
    }
}
