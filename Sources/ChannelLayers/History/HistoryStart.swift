/// From where on a group's history is read.
public enum HistoryStart: Sendable, Hashable {
    /// The newest messages, as many as given; those who come late want these.
    ///
    /// They come on one page. Fewer come where a page is bounded otherwise, as by its bytes: those before are passed over,
    /// which is no gap.
    case newest(Int)
    /// Everything after a message, which those want who were away; after `.zero`, everything from the beginning.
    case after(MessageID)

    /// How many messages the page from here on asks for: the newest have to come on one, as there is no way to ask for
    /// those before.
    package func pageLength(usual: Int) -> Int {
        switch self {
        case .newest(let count): min(max(count, 1), 1000)
        case .after: usual
        }
    }
}
