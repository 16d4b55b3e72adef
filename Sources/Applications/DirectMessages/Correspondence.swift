import ChannelLayers
import Consumers
import CoreMetrics
import Messages

/// A user, and how the user's messages go: what both wires of the direct messages share.
struct Correspondence: Sendable {
    /// The group of all connections; its people are those who are online.
    static let total: GroupName = "direct"
    /// How all are told who came and who went.
    static let presence = PresenceMessage(joined: "direct.online", left: "direct.offline", field: "name")
    /// The longest name, in characters.
    static let maximumName = 90
    /// What a name is made of.
    static let nameRule =
        "1 to \(maximumName) ASCII letters, digits, hyphens, underscores or full stops, and not . or .."
    /// Names that are other systems' paths.
    private static let reserved: Set = ["online_number", "counts"]

    let user: UserName
    let inboxes: any InboxStore
    let lastSeen: any LastSeenStore
    private let media: any MediaKeeper
    /// Hears that something is in the inbox.
    let group: GroupName
    /// Hears, and keeps, what the user has sent.
    let sentGroup: GroupName
    /// Hears, and keeps, what became of it: apart, so that receipts push out nothing that the user has sent.
    let receiptGroup: GroupName

    /// Reads the user from the path.
    init(
        _ scope: Scope,
        inboxes: any InboxStore,
        lastSeen: any LastSeenStore,
        media: any MediaKeeper
    ) throws(Closing) {
        let name = scope.arguments["user"] ?? ""
        guard
            !Self.reserved.contains(name), let user = Self.user(named: name), let group = Self.group(of: user),
            let sentGroup = Self.sentGroup(of: user), let receiptGroup = Self.receiptGroup(of: user)
        else { throw Closing(.policyViolation, reason: "a user's name has \(Self.nameRule)") }
        self.user = user
        self.inboxes = inboxes
        self.lastSeen = lastSeen
        self.media = media
        self.group = group
        self.sentGroup = sentGroup
        self.receiptGroup = receiptGroup
    }

    /// A user who may write and be written to; `nil` if the name breaks the rules.
    static func user(named name: String) -> UserName? {
        guard name.utf8.count <= maximumName, GroupName("direct.", pathSegment: name) != nil else { return nil }
        return try? UserName(name)
    }

    static func group(of user: UserName) -> GroupName? {
        GroupName("direct.", pathSegment: user.rawValue)
    }

    static func sentGroup(of user: UserName) -> GroupName? {
        GroupName("sent.", pathSegment: user.rawValue)
    }

    static func receiptGroup(of user: UserName) -> GroupName? {
        GroupName("receipt.", pathSegment: user.rawValue)
    }

    // MARK: - Coming and going

    /// Joins, so that the user is online, has an inbox, and hears of what comes into it.
    ///
    /// - Parameters:
    ///   - connection: The connection.
    ///   - history: From where on the user sees what the user has sent, and what became of it; `nil` for what is sent from
    ///     now on, without receipts.
    /// - Throws: `ChannelLayerError` when a join is refused, or the storage does not answer.
    func enter(_ connection: Connection, sentFrom history: HistoryStart?) async throws {
        // First: a join waits while the layer's server is away, and what follows would fail.
        try await connection.join(Self.total, as: Person(user, presence: Self.presence))
        try await ServerReturn.retrying { try await inboxes.open(user) }
        try await connection.join(group)
        if let history {
            try await connection.join(sentGroup, from: history)
            try await connection.join(receiptGroup, from: history)
        } else {
            try await connection.join(sentGroup)
        }
    }

    /// Notes that the user is here, if that was not noted a short while ago, so that little is wrong after a crash; and
    /// keeps the inbox of a user who stays longer than one lives.
    func noteHere(_ sighting: inout Sighting, at now: ContinuousClock.Instant = .now) async {
        guard sighting.isDue(at: now) else { return }
        await noteSeen()
        do {
            try await inboxes.open(user)
        } catch {
            // Tried again when something else happens.
            DirectMetrics.unseen.increment()
        }
    }

    /// Notes that the user is here, or was until now.
    func noteSeen() async {
        do {
            try await lastSeen.note(user)
        } catch {
            // The user loses nothing by it. The storage says itself that its server is away.
            DirectMetrics.unseen.increment()
        }
    }

    // MARK: - Sending

    /// What became of a message.
    enum Outcome: Equatable {
        case accepted(MessageID)
        case noSuchUser
    }

    /// Stores a message, tells its receiver's connections of it, and then the sender's: what is accepted is both.
    ///
    /// One that was stored before goes the same way, since whoever stored it may not have come further.
    ///
    /// - Throws: `ChannelLayerError` when it may not have been stored or announced.
    func send(_ draft: DirectMessageDraft, on connection: Connection) async throws -> Outcome {
        let id: MessageID
        let (isRepeat, isSettled): (Bool, Bool)
        // First: a message that is stored is not to name a file that the clean-up takes.
        await media.keepMedia(namedIn: draft.text)
        switch try await inboxes.store(draft) {
        case .stored(let stored): (id, isRepeat, isSettled) = (stored, false, false)
        case .storedBefore(let stored, let settled): (id, isRepeat, isSettled) = (stored, true, settled)
        case .noSuchUser:
            DirectMetrics.noSuchUser.increment()
            return .noSuchUser
        }
        let message = DirectMessage(id: id, draft)
        if let group = Self.group(of: draft.receiver) {
            // A client that had it before, and does not know it any more, is not to see it again.
            let announcement =
                isRepeat ? DirectAnnouncement.arrivedBefore(id) : DirectAnnouncement.arrived(message)
            try await connection.groupSend(announcement, to: group)
        }
        if !isSettled {
            let isKnown = isRepeat ? try await hasBeenSent(message, on: connection) : false
            if !isKnown {
                try await connection.groupRecord(
                    DirectAnnouncement.sent(message, by: connection.channel),
                    to: sentGroup
                )
            }
            // However often it is sent again, the history is not looked through again.
            if draft.clientID != nil { try await inboxes.settle(draft, as: id) }
        }
        if isRepeat { DirectMetrics.repeated.increment() }
        DirectMetrics.accepted.increment()
        return .accepted(id)
    }

    /// Whether the user's own connections have been told of a message.
    private func hasBeenSent(_ message: DirectMessage, on connection: Connection) async throws -> Bool {
        let recent = try await connection.layer.history(of: sentGroup, from: .newest(1000), limit: 1000)
        let id = MessageValue.string(message.id.description)
        let receiver = MessageValue.string(message.draft.receiver.rawValue)
        return recent.messages.contains { sent in
            sent.type == DirectAnnouncement.sent && sent["of"] == id && sent["receiver"] == receiver
        }
    }

    /// Tells senders what became of their messages, all at once: the callers have few.
    func record(_ state: ReceiptState, of messages: [AwaitedReceipt], on connection: Connection) async throws {
        try await withThrowingTaskGroup(of: Void.self) { records in
            for message in messages {
                guard let group = Self.receiptGroup(of: message.sender) else { continue }
                let receipt = DirectAnnouncement.receipt(of: message.id, to: user, state)
                records.addTask { _ = try await connection.groupRecord(receipt, to: group) }
            }
            try await records.waitForAll()
        }
    }

    /// Tells the user's other connections that the unread counts may have changed.
    ///
    /// Also when this connection has shown the new counts before: the others may not have.
    func announceUnread(on connection: Connection) async throws {
        try await connection.groupSend(Message(type: DirectAnnouncement.unread), to: group, excludingSelf: true)
    }
}
