public import ChannelLayers

/// Where direct messages wait until their receivers have acknowledged them.
///
/// Every user who ever connected has an inbox. An inbox and its unread counts change in one step, so that a sender's
/// count is always how many messages of that sender are in the inbox. The oldest go when there are too many or they are
/// too old; they are counted as missing until the receiver has been told.
///
/// All calls are safe from any thread. They throw `.unavailable` when the store's server cannot be reached, and `.refused`
/// when it answers with an error.
public protocol InboxStore: Sendable {
    /// Makes a user's inbox if there is none; from then on messages to the user are taken.
    ///
    /// - Parameter user: The user, who is here now: the inbox lives at least as long as a message from now on.
    /// - Throws: `ChannelLayerError`.
    func open(_ user: UserName) async throws(ChannelLayerError)

    /// Puts a message into its receiver's inbox.
    ///
    /// - Parameter draft: The message. One that the same sender has sent to the same receiver with the same client id within
    ///   a day is not stored again, even if it has left the inbox since.
    /// - Returns: What became of it.
    /// - Throws: `ChannelLayerError`; the message may then have been stored or not, and may be sent again with its client id.
    func store(_ draft: DirectMessageDraft) async throws(ChannelLayerError) -> InboxReceipt

    /// Reads what waits in an inbox, a page at a time.
    ///
    /// - Parameters:
    ///   - user: The receiver.
    ///   - id: After which message the page begins; `.zero` for the first.
    ///   - limit: How many messages at most, 1 to 1000; a store may bound the page's bytes too.
    /// - Returns: The page.
    /// - Throws: `ChannelLayerError`.
    func page(of user: UserName, after id: MessageID, limit: Int) async throws(ChannelLayerError) -> InboxPage

    /// Takes messages out that the receiver has acknowledged; those that are not there are passed over.
    ///
    /// - Parameters:
    ///   - ids: The messages.
    ///   - user: The receiver.
    /// - Returns: How many messages of whom are left: the unread counts.
    /// - Throws: `ChannelLayerError`.
    func acknowledge(_ ids: [MessageID], by user: UserName) async throws(ChannelLayerError) -> UnreadCounts

    /// Takes out whatever came from one sender: the receiver has read it.
    ///
    /// - Parameters:
    ///   - sender: The sender.
    ///   - id: The newest message that was read; what came after it stays.
    ///   - user: The receiver.
    /// - Returns: How many messages of whom are left.
    /// - Throws: `ChannelLayerError`.
    func read(
        from sender: UserName,
        upTo id: MessageID,
        by user: UserName
    ) async throws(ChannelLayerError) -> UnreadCounts

    /// Notes that a receiver knows of messages that are missing; noted twice it is the same as once.
    ///
    /// - Parameters:
    ///   - lost: Of the first how many that were ever lost the receiver knows: a page's `lost` when it was told. More that
    ///     went since stay to be told.
    ///   - user: The receiver.
    /// - Throws: `ChannelLayerError`.
    func acknowledgeMissing(upTo lost: Int, by user: UserName) async throws(ChannelLayerError)

    /// Notes that all who are to hear of a message have been told, so that `store` says so when it is sent again.
    ///
    /// - Parameters:
    ///   - draft: The message; nothing is noted of one without a client id.
    ///   - id: The id that it was stored under; nothing is noted if that is not known any more.
    /// - Throws: `ChannelLayerError`.
    func settle(_ draft: DirectMessageDraft, as id: MessageID) async throws(ChannelLayerError)
}

/// What became of a direct message.
public enum InboxReceipt: Sendable, Hashable {
    /// It is in the inbox.
    case stored(MessageID)
    /// It had been stored before, under this id.
    ///
    /// `isSettled` says that there is nobody to tell of this one: all have been told, or it is another text with the same
    /// client id, which is in no inbox.
    case storedBefore(MessageID, isSettled: Bool = false)
    /// The receiver has no inbox: nobody of that name was ever here, or not for a long time.
    case noSuchUser
}

/// A piece of an inbox.
public struct InboxPage: Sendable, Hashable {
    /// The messages, the oldest first.
    public let messages: [DirectMessage]
    /// Whether nothing was in the inbox after them when it was read.
    public let isLast: Bool
    /// How many messages of whom were in the inbox.
    public let unread: UnreadCounts
    /// How many messages have gone that the receiver was not told of.
    public let missing: Int
    /// How many messages have ever gone before the receiver had them.
    public let lost: Int

    /// Makes a page.
    ///
    /// - Parameters:
    ///   - messages: The messages, the oldest first.
    ///   - isLast: Whether nothing comes after them.
    ///   - unread: How many messages of whom are in the inbox.
    ///   - missing: How many have gone that the receiver was not told of.
    ///   - lost: How many have ever gone before the receiver had them.
    public init(messages: [DirectMessage], isLast: Bool, unread: UnreadCounts, missing: Int, lost: Int) {
        self.messages = messages
        self.isLast = isLast
        self.unread = unread
        self.missing = missing
        self.lost = lost
    }
}

/// How many messages of whom wait in an inbox; a sender of whom none does is not there.
public typealias UnreadCounts = [UserName: Int]
