public import ChannelLayers
public import Consumers
import CoreMetrics
public import Messages

/// A user's direct messages for clients that speak `muster.v1`, as the page `/direct/` does.
///
/// The client sends JSON objects:
/// - `{"type": "message", "receiver": "bob", "message": "hi", "client": "c1", "receipt": true}`. With `client`, a name that
///   the client gives the message, it may be sent again until it is accepted, and is stored once. With `receipt` the sender
///   hears what becomes of it.
/// - `{"type": "ack", "ids": […]}`: the client has these for good; they leave the inbox.
/// - `{"type": "delivered", "ids": […]}`: the client has these, but may lose them; they stay.
/// - `{"type": "read", "sender": "ann", "id": …}`: the user has read all of Ann's up to this one; they leave the inbox.
/// - `{"type": "ack", "missing": 3}`: the client knows that three more are missing.
///
/// It hears
/// - `{"type": "message", "id": …, "sender": "ann", "receiver": "bob", "message": "hi"}`: first all that is in the inbox, in
///   order, then what comes, with the `client` and the `receipt` that it was sent with;
/// - `{"type": "unread", "counts": {"ann": 2}}` at first and after each change;
/// - `{"type": "missing", "count": 3}` when so many more have gone since the inbox was too full or they were too old;
/// - `{"type": "accepted", "client": "c1", "receiver": "bob", "of": …}` once its message is in the inbox and announced, or
///   `{"type": "error", "client": "c1", "text": …}`;
/// - `{"type": "sent", "stream": "sent", "id": …, "receiver": "bob", "message": "hi", "of": …, "client": "c1"}`: what the
///   user has sent by any connection, the newest 50 at first;
/// - `{"type": "receipt", "stream": "receipt", "id": …, "receiver": "bob", "of": …, "state": "delivered"}`, or `read`,
///   which holds for all that Bob was sent before it too; the newest 50 at first;
/// - `roll`, `here`, `joined` and `left` of all who are online, as in `StructuredChat`, and after `here`
///   `{"type": "seen", "users": [{"name": "cid", "seconds": 1732219200}]}`: who was here last, and when.
///
/// `of` is a message's id in its receiver's inbox.
public struct StructuredDirectMessages: Consumer {
    /// How many of the messages that the user has sent, and how many receipts, are shown to a client that comes.
    static let recentlySent = 50
    /// Of how many users it is told when they were here last.
    static let listedSeen = 200

    private let correspondence: Correspondence
    private var feed: InboxFeed
    private var sighting = Sighting()

    /// Makes the direct messages' part of one connection.
    ///
    /// - Parameters:
    ///   - scope: The user is the argument `user` of the path.
    ///   - inboxes: Where messages wait.
    ///   - lastSeen: Where it is noted that the user is here.
    ///   - media: Keeps the files that are named in messages.
    /// - Throws: `Closing` when the user's name breaks the rules.
    public init(
        _ scope: Scope,
        inboxes: any InboxStore,
        lastSeen: any LastSeenStore,
        media: any MediaKeeper
    ) throws(Closing) {
        correspondence = try Correspondence(scope, inboxes: inboxes, lastSeen: lastSeen, media: media)
        feed = InboxFeed(correspondence, wire: Self.frame)
    }

    /// Shows what waits, what the user has sent, and who is there.
    public mutating func connected(_ connection: Connection) async throws {
        try await correspondence.enter(connection, sentFrom: .newest(Self.recentlySent))
        try await feed.readOn(on: connection)
        _ = sighting.isDue()
        await correspondence.noteSeen()
        try await callRoll(connection)
    }

    /// Sends a message, or takes note of what was received.
    public mutating func received(_ text: String, on connection: Connection) async throws {
        var client: String?
        do {
            switch try DirectInput(text) {
            case .message(let receiver, let text, let id, let wantsReceipts):
                client = id
                let draft = DirectMessageDraft(
                    sender: correspondence.user,
                    receiver: receiver,
                    text: text,
                    clientID: id,
                    wantsReceipts: wantsReceipts
                )
                try await send(draft, on: connection)
            case .acknowledged(let ids): try await acknowledged(ids, on: connection)
            case .delivered(let ids):
                try await tellDelivered(ids, on: connection)
            case .read(let sender, let last): try await read(sender, upTo: last, on: connection)
            case .acknowledgedMissing(let count):
                try await acknowledgedMissing(count)
            }
        } catch let error as DirectInputError {
            DirectMetrics.badInput.increment()
            try complain("That was not taken: \(error.text).", client: error.client, to: connection)
        } catch let error as ChannelLayerError where [.unavailable, .refused].contains(error.code) {
            DirectMetrics.failed.increment()
            let text = "That may not have been taken. Try again in a while."
            try complain(text, client: client, again: true, to: connection)
        }
        await correspondence.noteHere(&sighting)
    }

    /// Takes no bytes.
    public mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        throw Closing(.unsupportedData, reason: "direct messages take text only")
    }

    /// Sends what is new, or shows who is there now: those who came and went meanwhile were missed.
    public mutating func received(_ message: Message, on connection: Connection) async throws {
        switch message.type {
        case DirectAnnouncement.arrived:
            try await feed.announced(message, on: connection)
        case DirectAnnouncement.unread:
            // If the inbox is still to be read the counts come with it.
            if !feed.isBehind { try await feed.readOn(on: connection) }
        default:
            break
        }
    }

    /// Sends what came meanwhile, and shows who is there now.
    public mutating func gap(in groups: [GroupName], on connection: Connection) async throws {
        if groups.contains(correspondence.group) {
            // The server may have come back empty.
            try await feed.readOn(opening: true, on: connection)
        }
        await self.correspondence.noteHere(&sighting)
        if groups.contains(Correspondence.total) { try await callRoll(connection) }
    }

    /// Sends what was held back for the client.
    public mutating func answered(_ mark: UInt64, on connection: Connection) async throws {
        _ = feed.answered(mark)
        if feed.hasMore { try await feed.readOn(on: connection) }
        await correspondence.noteHere(&sighting)
    }

    /// Notes when the user was here.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        await correspondence.noteSeen()
    }

    /// What the user has sent, what became of it, and who comes and goes; what arrives is the consumer's own matter.
    public static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case DirectAnnouncement.arrived, DirectAnnouncement.unread: .personal
        case DirectAnnouncement.sent:
            .frame(try frame("sent", message, ["receiver", "message", "of", "client"]))
        case DirectAnnouncement.receipt: .frame(try frame("receipt", message, ["receiver", "of", "state"]))
        case Correspondence.presence.joined: .frame(try frame("joined", who: message))
        case Correspondence.presence.left: .frame(try frame("left", who: message))
        // What was sent shows itself. Of what has arrived nothing is lost: the inbox is read on.
        case Message.historyGap.type, Message.historyCaughtUp.type: .nothing
        default: .unknown
        }
    }

    // MARK: - What the client sends

    private func send(_ draft: DirectMessageDraft, on connection: Connection) async throws {
        switch try await correspondence.send(draft, on: connection) {
        case .accepted(let id):
            var fields: MessageMap = [:]
            if let client = draft.clientID { fields["client"] = .string(client) }
            fields["receiver"] = .string(draft.receiver.rawValue)
            fields["of"] = .string(id.description)
            connection.send(try StructuredFrame.frame("accepted", fields))
        case .noSuchUser:
            let text = "That was not sent: nobody called \(draft.receiver) was ever here."
            try complain(text, client: draft.clientID, to: connection)
        }
    }

    private mutating func acknowledged(_ ids: [MessageID], on connection: Connection) async throws {
        // First: after a crash in between the sender hears of it twice, and not never.
        try await tellDelivered(ids, on: connection)
        let counts = try await correspondence.inboxes.acknowledge(ids, by: correspondence.user)
        try await changed(counts, on: connection)
    }

    private mutating func read(_ sender: UserName, upTo last: MessageID, on connection: Connection) async throws {
        if let receipt = feed.receipts.dueToBeRead(from: sender, upTo: last) {
            try await correspondence.record(.read, of: [receipt], on: connection)
            feed.receipts.toldRead(receipt)
        }
        let counts = try await correspondence.inboxes.read(from: sender, upTo: last, by: correspondence.user)
        try await changed(counts, on: connection)
    }

    private mutating func tellDelivered(_ ids: [MessageID], on connection: Connection) async throws {
        let receipts = feed.receipts.dueToBeDelivered(ids)
        try await correspondence.record(.delivered, of: receipts, on: connection)
        feed.receipts.toldDelivered(receipts)
    }

    private mutating func acknowledgedMissing(_ count: Int) async throws {
        var feed = self.feed
        guard let known = feed.acknowledgedMissing(count) else { return }
        try await correspondence.inboxes.acknowledgeMissing(upTo: known, by: correspondence.user)
        self.feed = feed
    }

    private mutating func changed(_ counts: UnreadCounts, on connection: Connection) async throws {
        try feed.show(counts, on: connection)
        try await correspondence.announceUnread(on: connection)
    }

    // MARK: - What the client hears

    private func callRoll(_ connection: Connection) async throws {
        let lastSeen = correspondence.lastSeen
        do {
            try await ServerReturn.retrying {
                try await RollCall(group: Correspondence.total).call(connection)
                let users = try await lastSeen.latest(Self.listedSeen).map { seen -> MessageValue in
                    .map(["name": .string(seen.user.rawValue), "seconds": .integer(Int64(seen.seconds))])
                }
                connection.send(try StructuredFrame.frame("seen", ["users": .array(users)]))
            }
        } catch let error as ChannelLayerError where error.code == .unavailable {
            // The server has gone away again. When it comes back, this is called again.
        }
    }

    @Sendable private static func frame(_ news: InboxNews) throws -> OutboundFrame? {
        switch news {
        case .message(let message):
            var fields: MessageMap = [
                "id": .string(message.id.description), "sender": .string(message.draft.sender.rawValue),
                "receiver": .string(message.draft.receiver.rawValue), "message": .string(message.draft.text),
            ]
            if let client = message.draft.clientID { fields["client"] = .string(client) }
            if message.draft.wantsReceipts { fields["receipt"] = true }
            return try StructuredFrame.frame("message", fields)
        case .unread(let counts):
            var fields: MessageMap = [:]
            for (sender, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                fields[sender.rawValue] = .integer(Int64(count))
            }
            return try StructuredFrame.frame("unread", ["counts": .map(fields)])
        case .missing(let count):
            return try StructuredFrame.frame("missing", ["count": .integer(Int64(count))])
        }
    }

    private static func frame(_ type: String, _ message: Message, _ names: [String]) throws -> OutboundFrame {
        // Each type has ids of its own.
        var fields: MessageMap = ["stream": .string(type)]
        if let id = message.id { fields["id"] = .string(id.description) }
        for name in names {
            if let text = message[name]?.stringValue { fields[name] = .string(text) }
        }
        return try StructuredFrame.frame(type, fields)
    }

    private static func frame(_ type: String, who message: Message) throws -> OutboundFrame {
        var fields: MessageMap = [:]
        if let name = message[Correspondence.presence.field]?.stringValue { fields["name"] = .string(name) }
        return try StructuredFrame.frame(type, fields)
    }

    // `again`: the same may be taken in a while.
    private func complain(_ text: String, client: String?, again: Bool = false, to connection: Connection) throws {
        var fields: MessageMap = [:]
        if let client { fields["client"] = .string(client) }
        fields["text"] = .string(text)
        if again { fields["again"] = .bool(true) }
        connection.send(try StructuredFrame.frame("error", fields))
    }
}
