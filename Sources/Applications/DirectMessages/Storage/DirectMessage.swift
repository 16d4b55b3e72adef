public import ChannelLayers

/// What one user says to another, on its way into the receiver's inbox.
public struct DirectMessageDraft: Sendable, Hashable {
    /// Who says it: the name of the sender's own connection, whatever its client claims.
    public let sender: UserName
    /// Who is to hear it.
    public let receiver: UserName
    /// What is said.
    public let text: String
    /// What the sender's client calls the message, so that sending it twice stores it once; `nil` if it does not care.
    public let clientID: String?
    /// Whether the sender wants to hear when it was delivered, and when it was read.
    public let wantsReceipts: Bool

    /// Makes a draft.
    ///
    /// - Parameters:
    ///   - sender: Who says it.
    ///   - receiver: Who is to hear it.
    ///   - text: What is said.
    ///   - clientID: What the sender's client calls the message.
    ///   - wantsReceipts: Whether the sender wants to hear when it was delivered and read.
    public init(
        sender: UserName,
        receiver: UserName,
        text: String,
        clientID: String? = nil,
        wantsReceipts: Bool = false
    ) {
        self.sender = sender
        self.receiver = receiver
        self.text = text
        self.clientID = clientID
        self.wantsReceipts = wantsReceipts
    }
}

/// A message in an inbox.
public struct DirectMessage: Sendable, Hashable {
    /// Where it stands in the receiver's inbox; no two messages of one inbox have the same.
    public let id: MessageID
    /// What was said.
    public let draft: DirectMessageDraft

    /// Makes a message.
    ///
    /// - Parameters:
    ///   - id: Where it stands in the receiver's inbox.
    ///   - draft: What was said.
    public init(id: MessageID, _ draft: DirectMessageDraft) {
        self.id = id
        self.draft = draft
    }
}
