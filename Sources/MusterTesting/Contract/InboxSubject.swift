public import Applications
import ChannelLayers

/// What the contract of inboxes is checked against: stores that share one server, each in a process of its own.
public struct InboxSubject: Sendable {
    /// How long a check waits for what has to come.
    public let timeout: Duration
    private let make: @Sendable (InboxLimits) -> [any InboxStore]

    /// Names how stores are made.
    ///
    /// - Parameters:
    ///   - timeout: How long a check waits for what has to come, at most.
    ///   - make: Makes stores that work: one that lives in a single process, or of several one for each process.
    public init(
        timeout: Duration = .seconds(30),
        make: @escaping @Sendable (InboxLimits) -> [any InboxStore]
    ) {
        self.timeout = timeout
        self.make = make
    }

    /// Two stores that share what they keep, which may be the same one.
    func stores(_ limits: InboxLimits = InboxLimits(count: 200)) -> (one: any InboxStore, other: any InboxStore) {
        let stores = make(limits)
        return (stores[0], stores[stores.count - 1])
    }

    /// A user whom nobody else knows.
    func newUser(_ name: String = "bob") throws -> UserName {
        try UserName("\(name)-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
    }

    /// Asks again until the answer is right.
    func eventually(_ isRight: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + timeout
        while ContinuousClock.now < end {
            if try await isRight() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await isRight()
    }
}

extension InboxStore {
    /// Stores a message and returns its id.
    func put(
        _ text: String,
        from sender: UserName,
        to receiver: UserName,
        client: String? = nil
    ) async throws -> MessageID {
        let draft = DirectMessageDraft(sender: sender, receiver: receiver, text: text, clientID: client)
        guard case .stored(let id) = try await store(draft) else {
            throw Unexpected(seen: "\(text.debugDescription) was not stored")
        }
        return id
    }

    /// All that is in an inbox, by pages of at most so many.
    func whole(_ user: UserName, pages limit: Int = 100) async throws -> InboxPage {
        var messages: [DirectMessage] = []
        while true {
            let page = try await page(of: user, after: messages.last?.id ?? .zero, limit: limit)
            try Unexpected.unless(page.messages.count <= limit, "a page of \(limit) has \(page.messages.count)")
            try Unexpected.unless(!page.messages.isEmpty || page.isLast, "an empty page says that more follows")
            messages += page.messages
            guard page.isLast else { continue }
            return InboxPage(
                messages: messages,
                isLast: true,
                unread: page.unread,
                missing: page.missing,
                lost: page.lost
            )
        }
    }

    /// The texts in an inbox, whose counts have to agree with them.
    func texts(_ user: UserName) async throws -> [String] {
        let inbox = try await whole(user)
        try Unexpected.unless(
            inbox.unread == inbox.messages.unread,
            "the counts are \(inbox.unread) of \(inbox.messages.unread)"
        )
        return inbox.messages.map(\.draft.text)
    }
}

extension [DirectMessage] {
    /// How many are whose.
    var unread: UnreadCounts { reduce(into: [:]) { $0[$1.draft.sender, default: 0] += 1 } }
}
