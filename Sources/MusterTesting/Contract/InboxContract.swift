import Applications
import ChannelLayers

/// One promise that every store of inboxes makes, and how to check that a store keeps it.
public struct InboxContract: Sendable, CustomStringConvertible {
    /// What is promised.
    public let promise: String
    private let body: @Sendable (InboxSubject) async throws -> Void

    init(_ promise: String, _ body: @escaping @Sendable (InboxSubject) async throws -> Void) {
        self.promise = promise
        self.body = body
    }

    /// All promises of `InboxStore`.
    public static let all = messages + leaving + limits

    /// Checks the promise; each check uses users of its own.
    ///
    /// - Parameter subject: Stores that work.
    /// - Throws: What was promised and what was seen.
    public func check(_ subject: InboxSubject) async throws(ContractViolation) {
        do {
            try await body(subject)
        } catch let unexpected as Unexpected {
            throw ContractViolation(promise: promise, seen: unexpected.seen)
        } catch {
            throw ContractViolation(promise: promise, seen: "it threw: \(error)")
        }
    }

    /// The promise.
    public var description: String { promise }
}

extension InboxContract {
    /// Promises about what is stored.
    static let messages = [
        InboxContract("a message to somebody who has no inbox is not taken, and nobody is harmed", nobody),
        InboxContract("messages are read as they were stored, page by page, in the order of their ids", pages),
        InboxContract("an inbox that is opened again is what it was", reopening),
        InboxContract("a message that a client sends again is stored once, also when it has left", repeats),
        InboxContract("a message that was told to all is known as such when it is sent again", settling),
        InboxContract("a message that a client sends twice at once is stored once", repeatsAtOnce),
        InboxContract("messages that are stored at once are all there, each sender's in order", atOnce),
    ]

    private static func nobody(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob) = (try subject.newUser("ann"), try subject.newUser())
        try await one.open(ann)
        let draft = DirectMessageDraft(sender: ann, receiver: bob, text: "hi", clientID: "c1")
        for store in [one, other] {
            let receipt = try await store.store(draft)
            try Unexpected.unless(receipt == .noSuchUser, "a message to nobody was answered with \(receipt)")
            let page = try await store.page(of: bob, after: .zero, limit: 10)
            let empty = InboxPage(messages: [], isLast: true, unread: [:], missing: 0, lost: 0)
            try Unexpected.unless(page == empty, "nobody's inbox is \(page)")
            let left = try await store.acknowledge([MessageID(milliseconds: 1, sequence: 0)], by: bob)
            let unread = try await store.read(from: ann, upTo: MessageID(milliseconds: 9, sequence: 9), by: bob)
            try await store.acknowledgeMissing(upTo: 3, by: bob)
            try Unexpected.unless(left.isEmpty && unread.isEmpty, "nobody has unread messages: \(left), \(unread)")
        }
        let receipt = try await other.store(draft)
        try Unexpected.unless(receipt == .noSuchUser, "asking for an inbox made one")
        try await other.open(bob)
        _ = try await one.put("now", from: ann, to: bob, client: "c1")
        let texts = try await other.texts(bob)
        try Unexpected.unless(texts == ["now"], "the inbox has \(texts)")
    }

    private static func pages(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob, zoe) = (try subject.newUser("ann"), try subject.newUser(), try subject.newUser("zoe"))
        try await one.open(bob)
        let empty = try await other.page(of: bob, after: .zero, limit: 1)
        try Unexpected.unless(empty.messages.isEmpty && empty.isLast, "a new inbox is \(empty)")
        let texts =
            ["hi", "Zoë 🙂\u{0}\n\"{}'\\", String(repeating: "x", count: 8192), "{\"url\":\"/media/0\"}"]
            + (4..<12).map { "\($0)" }
        var expected: [DirectMessage] = []
        for (index, text) in texts.enumerated() {
            let draft = DirectMessageDraft(
                sender: index % 3 == 0 ? zoe : ann,
                receiver: bob,
                text: text,
                clientID: index % 2 == 0 ? "c \(index):{}" : nil,
                wantsReceipts: index % 4 < 2
            )
            let store = index % 2 == 0 ? one : other
            guard case .stored(let id) = try await store.store(draft) else {
                throw Unexpected(seen: "message \(index) was not stored")
            }
            expected.append(DirectMessage(id: id, draft))
        }
        let ids = expected.map(\.id)
        try Unexpected.unless(ids == ids.sorted() && Set(ids).count == ids.count, "ids do not grow: \(ids)")
        for store in [one, other] {
            for limit in [1, 3, 11, 12, 1000] {
                let inbox = try await store.whole(bob, pages: limit)
                try Unexpected.unless(
                    inbox.messages == expected && inbox.unread == expected.unread && inbox.missing == 0,
                    "by pages of \(limit) the inbox is \(inbox)"
                )
            }
            for (after, count) in [(ids[4], 7), (ids[11], 0), (MessageID(milliseconds: .max, sequence: .max), 0)] {
                let page = try await store.page(of: bob, after: after, limit: 100)
                try Unexpected.unless(
                    page.messages == expected.suffix(count) && page.isLast && page.unread == expected.unread,
                    "after \(after) come \(page.messages.map(\.id))"
                )
            }
        }
    }

    private static func reopening(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob) = (try subject.newUser("ann"), try subject.newUser())
        try await one.open(bob)
        let id = try await one.put("hi", from: ann, to: bob)
        try await one.open(bob)
        try await other.open(bob)
        let inbox = try await other.whole(bob)
        try Unexpected.unless(inbox.messages.map(\.id) == [id] && inbox.unread == [ann: 1], "it is \(inbox)")
    }

    private static func repeats(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob, zoe) = (try subject.newUser("ann"), try subject.newUser(), try subject.newUser("zoe"))
        for user in [bob, zoe] { try await one.open(user) }
        func draft(_ sender: UserName, _ receiver: UserName, _ client: String, _ text: String) -> DirectMessageDraft {
            DirectMessageDraft(sender: sender, receiver: receiver, text: text, clientID: client)
        }
        let id = try await one.put("hi", from: ann, to: bob, client: "c1")
        for store in [other, one] {
            let again = try await store.store(draft(ann, bob, "c1", "hi again"))
            try Unexpected.unless(
                again == .storedBefore(id, isSettled: true),
                "another text with the same client id was answered with \(again)"
            )
        }
        // The same client id of somebody else, or to somebody else, is another message.
        for (sender, receiver, client) in [(zoe, bob, "c1"), (ann, zoe, "c1"), (ann, bob, "c2")] {
            let receipt = try await other.store(draft(sender, receiver, client, "other"))
            guard case .stored = receipt else { throw Unexpected(seen: "another message was \(receipt)") }
        }
        for text in ["one", "two"] { _ = try await one.put(text, from: ann, to: bob) }
        let texts = try await one.texts(bob)
        try Unexpected.unless(texts == ["hi", "other", "other", "one", "two"], "the inbox has \(texts)")
        _ = try await other.acknowledge([id], by: bob)
        let late = try await one.store(draft(ann, bob, "c1", "hi"))
        let left = try await one.texts(bob)
        try Unexpected.unless(
            late == .storedBefore(id) && left == ["other", "other", "one", "two"],
            "sent again after it had left it was answered with \(late); left is \(left)"
        )
    }

    private static func settling(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob) = (try subject.newUser("ann"), try subject.newUser())
        try await one.open(bob)
        let drafts = ["c1", "c2"].map {
            DirectMessageDraft(sender: ann, receiver: bob, text: "hi", clientID: $0)
        }
        guard case .stored(let id) = try await one.store(drafts[0]), case .stored = try await one.store(drafts[1])
        else {
            throw Unexpected(seen: "not stored")
        }
        // Under another id, and without a client id, nothing is noted.
        try await other.settle(drafts[0], as: .zero)
        try await other.settle(DirectMessageDraft(sender: ann, receiver: bob, text: "hi"), as: id)
        let before = try await other.store(drafts[0])
        try Unexpected.unless(before == .storedBefore(id), "before all were told it was answered with \(before)")
        for store in [one, other] {
            try await store.settle(drafts[0], as: id)
            let after = try await other.store(drafts[0])
            try Unexpected.unless(after == .storedBefore(id, isSettled: true), "then it was answered with \(after)")
        }
        guard case .storedBefore(_, isSettled: false) = try await one.store(drafts[1]) else {
            throw Unexpected(seen: "another message is taken for settled")
        }
    }

    private static func repeatsAtOnce(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob) = (try subject.newUser("ann"), try subject.newUser())
        try await one.open(bob)
        for round in 0..<20 {
            let draft = DirectMessageDraft(sender: ann, receiver: bob, text: "\(round)", clientID: "c\(round)")
            async let first = one.store(draft)
            async let second = other.store(draft)
            let receipts = Set(try await [first, second])
            let ids = receipts.map { receipt -> MessageID? in
                switch receipt {
                case .stored(let id), .storedBefore(let id, _): id
                case .noSuchUser: nil
                }
            }
            try Unexpected.unless(receipts.count == 2 && Set(ids).count == 1, "sent twice at once: \(receipts)")
        }
        let texts = try await other.texts(bob)
        try Unexpected.unless(texts == (0..<20).map { "\($0)" }, "the inbox has \(texts)")
    }

    private static func atOnce(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (bob, senders) = (try subject.newUser(), try (0..<4).map { try subject.newUser("sender\($0)") })
        try await one.open(bob)
        let ids = try await withThrowingTaskGroup(of: [MessageID].self) { group in
            for (index, sender) in senders.enumerated() {
                group.addTask {
                    var ids: [MessageID] = []
                    for number in 0..<30 {
                        ids.append(
                            try await (index % 2 == 0 ? one : other).put("\(number)", from: sender, to: bob)
                        )
                    }
                    return ids
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let inbox = try await other.whole(bob, pages: 50)
        try Unexpected.unless(
            inbox.messages.map(\.id) == ids.sorted() && Set(ids).count == 120,
            "\(inbox.messages.count) of 120 messages are there"
        )
        for sender in senders {
            let texts = inbox.messages.filter { $0.draft.sender == sender }.map(\.draft.text)
            try Unexpected.unless(texts == (0..<30).map { "\($0)" }, "of one sender there are \(texts)")
            try Unexpected.unless(inbox.unread[sender] == 30, "one sender is counted \(inbox.unread)")
        }
    }
}
