public import ChannelLayers
public import Consumers
import CoreMetrics
public import Messages

/// A user's direct messages as plain JSON: `{"sender": "ann", "receiver": "bob", "message": "hi"}` in and out.
///
/// Whatever the client calls itself in `sender`, it is the user of its path. What it sends goes to the receiver's
/// connections and to the user's other ones. What waits for the user comes first, in order. This client acknowledges
/// nothing: what it was sent leaves the inbox once it has answered a ping behind it.
///
/// What was not taken is answered with `{"error": …}`. A message with a `client`, a name of the client's for it, is
/// answered with `{"accepted": …, "id": …}` once it is in the inbox and announced; it may be sent again, and is stored once.
public struct DirectMessages: Consumer {
    /// The group of all connections of both wires; its people are those who are online.
    public static let total: GroupName = Correspondence.total

    private let correspondence: Correspondence
    private var feed: InboxFeed
    private var sighting = Sighting()
    /// What has arrived at the client and could not be taken out of the inbox, since the storage was away.
    private var arrived: [MessageID] = []

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

    /// Sends what waits.
    public mutating func connected(_ connection: Connection) async throws {
        try await correspondence.enter(connection, sentFrom: nil)
        try await readOn(connection)
        _ = sighting.isDue()
        await correspondence.noteSeen()
    }

    /// Sends a message.
    public mutating func received(_ text: String, on connection: Connection) async throws {
        do {
            guard case .message(let receiver, let text, let client, let wantsReceipts) = try DirectInput(text) else {
                throw DirectInputError("only messages are taken without the subprotocol muster.v1")
            }
            let draft = DirectMessageDraft(
                sender: correspondence.user,
                receiver: receiver,
                text: text,
                clientID: client,
                wantsReceipts: wantsReceipts
            )
            switch try await correspondence.send(draft, on: connection) {
            case .accepted(let id):
                guard let client else { return }
                connection.send(try .json(["accepted": .string(client), "id": .string(id.description)]))
            case .noSuchUser:
                try complain("That was not sent: nobody called \(receiver) was ever here.", to: connection)
            }
        } catch let error as DirectInputError {
            DirectMetrics.badInput.increment()
            try complain("That was not taken: \(error.text).", to: connection)
        } catch let error as ChannelLayerError where [.unavailable, .refused].contains(error.code) {
            DirectMetrics.failed.increment()
            try complain("That may not have been sent. Try again in a while.", to: connection)
        }
        await correspondence.noteHere(&sighting)
    }

    /// Takes no bytes.
    public mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        throw Closing(.unsupportedData, reason: "direct messages take text only")
    }

    /// Sends what is new, and what the user has sent by another connection.
    public mutating func received(_ message: Message, on connection: Connection) async throws {
        switch message.type {
        case DirectAnnouncement.arrived:
            var feed = self.feed
            defer { self.feed = feed }
            try await feed.announced(message, on: connection)
            feed.ping(connection)
        case DirectAnnouncement.sent where message["channel"]?.stringValue != connection.channel.rawValue:
            guard
                let sender = message["sender"]?.stringValue, let receiver = message["receiver"]?.stringValue,
                let text = message["message"]?.stringValue,
                // What users send to themselves comes from the inbox.
                receiver != sender
            else { return }
            connection.send(try Self.frame(sender: sender, receiver: receiver, text: text))
        default:
            break
        }
    }

    /// Sends what came meanwhile.
    public mutating func gap(in groups: [GroupName], on connection: Connection) async throws {
        guard groups.contains(correspondence.group) else { return }
        // The server may have come back empty.
        try await readOn(opening: true, connection)
        try await acknowledge(connection)
        await self.correspondence.noteHere(&sighting)
    }

    /// Takes out of the inbox what has arrived at the client.
    public mutating func answered(_ mark: UInt64, on connection: Connection) async throws {
        arrived += feed.answered(mark)
        try await acknowledge(connection)
        if feed.hasMore { try await readOn(connection) } else { feed.ping(connection) }
        await correspondence.noteHere(&sighting)
    }

    /// Notes when the user was here.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        await correspondence.noteSeen()
    }

    /// Nothing that is the same for all: even what the user has sent is not for the connection that sent it.
    public static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case DirectAnnouncement.arrived, DirectAnnouncement.sent: .personal
        case DirectAnnouncement.unread, DirectAnnouncement.receipt, Correspondence.presence.joined,
            Correspondence.presence.left, Message.historyGap.type, Message.historyCaughtUp.type:
            .nothing
        default: .unknown
        }
    }

    // MARK: - The inbox

    private mutating func readOn(opening: Bool = false, _ connection: Connection) async throws {
        try await feed.readOn(opening: opening, on: connection)
        feed.ping(connection)
    }

    private mutating func acknowledge(_ connection: Connection) async throws {
        guard !arrived.isEmpty else { return }
        var consumer = self
        defer { self = consumer }
        do {
            // Taking out twice does nothing, and a receipt may come twice.
            try await ServerReturn.retrying { try await consumer.takeOut(connection) }
        } catch let error as ChannelLayerError where error.code == .unavailable {
            // Tried again when the client answers the next ping.
            DirectMetrics.failed.increment()
            consumer.feed.ping(always: true, connection)
        }
    }

    private mutating func takeOut(_ connection: Connection) async throws {
        while !arrived.isEmpty {
            let batch = Array(arrived.prefix(DirectInput.maximumIDs))
            let receipts = feed.receipts.dueToBeDelivered(batch)
            try await correspondence.record(.delivered, of: receipts, on: connection)
            feed.receipts.toldDelivered(receipts)
            let counts = try await correspondence.inboxes.acknowledge(batch, by: correspondence.user)
            try feed.show(counts, on: connection)
            try await correspondence.announceUnread(on: connection)
            arrived.removeFirst(batch.count)
        }
    }

    // MARK: - The wire

    @Sendable private static func frame(_ news: InboxNews) throws -> OutboundFrame? {
        guard case .message(let message) = news else { return nil }
        return try frame(
            sender: message.draft.sender.rawValue,
            receiver: message.draft.receiver.rawValue,
            text: message.draft.text
        )
    }

    private static func frame(sender: String, receiver: String, text: String) throws -> OutboundFrame {
        try .json(["sender": .string(sender), "receiver": .string(receiver), "message": .string(text)])
    }

    private func complain(_ text: String, to connection: Connection) throws {
        connection.send(try .json(["error": .string(text)]))
    }
}
