import ChannelLayers
import Consumers
import Messages

/// What a client is shown of its user's inbox.
enum InboxNews: Equatable {
    case message(DirectMessage)
    /// How many messages are in the inbox, of whom.
    case unread(UnreadCounts)
    /// So many more messages have gone that the user was not told of.
    case missing(Int)
}

/// Sends one connection its user's inbox, from the beginning and then whatever comes.
struct InboxFeed: Sendable {
    /// How a piece of news looks on the wire; `nil` if clients of this wire are not told.
    typealias Wire = @Sendable (InboxNews) throws -> OutboundFrame?

    /// How many messages are read at once.
    private static let pageLength = 100
    /// How many announced messages wait for a client that is slow, or for the storage.
    ///
    /// Those beyond are read from the inbox, unless another connection of the user has acknowledged them by then.
    private static let mostWaiting = 32

    private let user: UserName
    private let inboxes: any InboxStore
    private let wire: Wire
    private(set) var window = InboxWindow()
    /// What was announced and is not sent yet, in order.
    ///
    /// Another connection of the user gets it too, and may acknowledge it before this one comes to read it.
    private var waiting: [DirectMessage] = []
    /// Whether the storage was away when the inbox was to be read.
    ///
    /// The client was pinged then: the inbox is read when it answers, or before if the layer tells of a gap.
    private(set) var isBehind = false
    /// What the client knows; `nil` if it was not told yet.
    private var unread: UnreadCounts?
    private var missing = MissingNews()
    var receipts = AwaitedReceipts()

    init(_ correspondence: Correspondence, wire: @escaping Wire) {
        user = correspondence.user
        inboxes = correspondence.inboxes
        self.wire = wire
    }

    /// Something was announced: sends it, and whatever else is new.
    ///
    /// - Parameters:
    ///   - announcement: The layer's message.
    ///   - connection: The connection.
    /// - Throws: `ChannelLayerError`, but not `.unavailable`.
    mutating func announced(_ announcement: Message, on connection: Connection) async throws {
        // The unread counts were told with it.
        if let id = DirectAnnouncement.id(of: announcement), window.hasSent(id) { return }
        if let message = DirectAnnouncement.message(in: announcement, to: user) {
            if message.id <= window.last {
                try send(message, on: connection)
            } else if waiting.count < Self.mostWaiting, !waiting.contains(where: { $0.id == message.id }) {
                waiting.insert(message, at: waiting.firstIndex { $0.id > message.id } ?? waiting.endIndex)
            }
        }
        // Each of many would have to wait for a storage that is away.
        if !isBehind { try await readOn(on: connection) }
    }

    /// Sends what is new in the inbox, and the unread counts if they have changed; later if the storage is away for long.
    ///
    /// - Parameters:
    ///   - opening: Whether the inbox may have to be made first.
    ///   - connection: The connection.
    /// - Throws: `ChannelLayerError`, but not `.unavailable`.
    mutating func readOn(opening: Bool = false, on connection: Connection) async throws {
        var feed = self
        defer { self = feed }
        do {
            try await ServerReturn.retrying {
                if opening || feed.isBehind { try await feed.inboxes.open(feed.user) }
                try await feed.readPages(on: connection)
            }
            feed.isBehind = false
        } catch let error as ChannelLayerError where error.code == .unavailable {
            feed.isBehind = true
            feed.ping(connection)
        }
    }

    private mutating func readPages(on connection: Connection) async throws {
        window.release()
        var counts: UnreadCounts?
        while true {
            guard !window.isFull else {
                window.hold()
                break
            }
            let page = try await inboxes.page(of: user, after: window.last, limit: Self.pageLength)
            try showMissing(page, on: connection)
            for message in merged(page) {
                guard !window.isFull else {
                    window.hold()
                    break
                }
                try send(message, on: connection)
            }
            waiting.removeAll { $0.id <= window.last }
            counts = page.unread
            if page.isLast || page.messages.isEmpty || window.isHeld { break }
        }
        if let counts { try show(counts, on: connection) }
        if window.isFilling { ping(connection) }
    }

    /// The page with those announced messages at their places whose places are there.
    private func merged(_ page: InboxPage) -> [DirectMessage] {
        guard let end = page.isLast ? MessageID(milliseconds: .max, sequence: .max) : page.messages.last?.id else {
            return page.messages
        }
        let known = Set(page.messages.map(\.id))
        let announced = waiting.filter { $0.id <= end && !known.contains($0.id) }
        return announced.isEmpty ? page.messages : (page.messages + announced).sorted { $0.id < $1.id }
    }

    private mutating func send(_ message: DirectMessage, on connection: Connection) throws {
        guard !window.hasSent(message.id), let frame = try wire(.message(message)) else { return }
        connection.send(frame)
        window.sent(message.id, bytes: frame.byteCount)
        if message.draft.wantsReceipts { receipts.sent(message) }
    }

    // MARK: - What the client answers

    /// Asks the client to answer, if it does not do so already and there is something to ask for.
    ///
    /// - Parameters:
    ///   - always: Whether there is, also if nothing is under way to the client.
    ///   - connection: The connection.
    mutating func ping(always: Bool = false, _ connection: Connection) {
        if let mark = window.nextPing(always: always || isBehind) { connection.ping(mark) }
    }

    /// Whether there may be more to read when the client answers.
    var hasMore: Bool { window.isHeld || isBehind }

    /// The client has answered: if there may be more, it is to be read on now.
    ///
    /// Returns what has arrived.
    mutating func answered(_ mark: UInt64) -> [MessageID] {
        window.answered(mark)
    }

    // MARK: - Counts

    /// Shows the unread counts, if the client does not know them; returns whether it did not.
    @discardableResult
    mutating func show(_ counts: UnreadCounts, on connection: Connection) throws -> Bool {
        guard counts != unread else { return false }
        unread = counts
        if let frame = try wire(.unread(counts)) { connection.send(frame) }
        return true
    }

    private mutating func showMissing(_ page: InboxPage, on connection: Connection) throws {
        guard let count = missing.news(missing: page.missing, lost: page.lost) else { return }
        if let frame = try wire(.missing(count)) { connection.send(frame) }
    }

    /// The client knows that so many are missing; returns of the first how many that were ever lost it knows, if that is
    /// news.
    mutating func acknowledgedMissing(_ count: Int) -> Int? {
        missing.acknowledged(count)
    }
}

extension OutboundFrame {
    /// How long it is on the wire, but for its header.
    fileprivate var byteCount: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
    }
}
