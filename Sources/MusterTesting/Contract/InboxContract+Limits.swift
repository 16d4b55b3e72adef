import Applications
import ChannelLayers

extension InboxContract {
    /// Promises about what an inbox does not keep.
    static let limits = [
        InboxContract("the oldest go when there are too many, and are missing until that is told", tooMany),
        InboxContract("a lower limit holds for what is there already", lowerLimit),
        InboxContract("messages that are too old go, and are missing", tooOld),
        InboxContract("a client id is forgotten in the end", forgottenRepeats),
    ]

    private static func tooMany(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores(InboxLimits(count: 20))
        let (ann, bob, zoe) = (try subject.newUser("ann"), try subject.newUser(), try subject.newUser("zoe"))
        try await one.open(bob)
        for number in 0..<30 {
            _ = try await (number % 2 == 0 ? one : other).put("\(number)", from: number < 12 ? ann : zoe, to: bob)
        }
        let inbox = try await other.whole(bob)
        try Unexpected.unless(
            inbox.messages.map(\.draft.text) == (10..<30).map { "\($0)" } && inbox.unread == [ann: 2, zoe: 18],
            "the inbox has \(inbox.messages.map(\.draft.text)), \(inbox.unread)"
        )
        try Unexpected.unless(inbox.missing == 10, "\(inbox.missing) are missing instead of 10")
        try Unexpected.unless(inbox.lost == 10, "\(inbox.lost) were lost instead of 10")
        // Two clients of one user tell it.
        for store in [other, one] { try await store.acknowledgeMissing(upTo: 10, by: bob) }
        // More that went meanwhile is still to be told.
        for text in ["a", "b", "c"] { _ = try await one.put(text, from: ann, to: bob) }
        for (known, left) in [(0, 3), (12, 1), (12, 1), (-7, 1), (11, 1), (13, 0), (Int.max, 0)] {
            try await one.acknowledgeMissing(upTo: known, by: bob)
            let page = try await other.page(of: bob, after: .zero, limit: 1)
            try Unexpected.unless(
                page.missing == left && page.lost == 13,
                "when \(known) are known, \(page.missing) of \(page.lost) are missing, not \(left) of 13"
            )
        }
        _ = try await other.texts(bob)
    }

    private static func lowerLimit(_ subject: InboxSubject) async throws {
        let (ann, bob) = (try subject.newUser("ann"), try subject.newUser())
        let (generous, mean) = (subject.stores(InboxLimits(count: 500)), subject.stores(InboxLimits(count: 3)))
        try await generous.one.open(bob)
        for number in 0..<200 { _ = try await generous.one.put("\(number)", from: ann, to: bob) }
        // A store that lives in one process has an inbox of its own for each limit.
        try await mean.one.open(bob)
        let texts = try await mean.other.texts(bob)
        try Unexpected.unless(texts.isEmpty || texts == ["197", "198", "199"], "\(texts.count) are left of 3")
        let missing = try await mean.other.page(of: bob, after: .zero, limit: 1).missing
        try Unexpected.unless(missing == 197 || texts.isEmpty, "\(missing) are missing of 197")
    }

    private static func tooOld(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores(InboxLimits(age: .seconds(1)))
        let (ann, bob) = (try subject.newUser("ann"), try subject.newUser())
        try await one.open(bob)
        // More than go at once.
        let count = 80
        for number in 0..<count { _ = try await one.put("\(number)", from: ann, to: bob) }
        var inbox = try await other.page(of: bob, after: .zero, limit: 200)
        let isEmpty = try await subject.eventually {
            // In one page: more may go before another.
            inbox = try await other.page(of: bob, after: .zero, limit: 200)
            let all = inbox.messages.count + inbox.missing
            try Unexpected.unless(all == count, "\(inbox.messages.count) and \(inbox.missing) missing of \(count)")
            try Unexpected.unless(inbox.unread == inbox.messages.unread, "the counts are \(inbox.unread)")
            return inbox.messages.isEmpty
        }
        try Unexpected.unless(isEmpty, "\(inbox.messages.count) have stayed")
        _ = try await one.put("new", from: ann, to: bob)
        let texts = try await other.texts(bob)
        try Unexpected.unless(texts == ["new"] || texts.isEmpty, "the inbox has \(texts)")
    }

    private static func forgottenRepeats(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores(InboxLimits(repeats: .seconds(1)))
        let (ann, bob) = (try subject.newUser("ann"), try subject.newUser())
        try await one.open(bob)
        let draft = DirectMessageDraft(sender: ann, receiver: bob, text: "hi", clientID: "c1")
        let first = try await one.put("hi", from: ann, to: bob, client: "c1")
        var receipt = InboxReceipt.storedBefore(first)
        let isForgotten = try await subject.eventually {
            receipt = try await other.store(draft)
            if case .stored = receipt { return true }
            return false
        }
        guard isForgotten, case .stored = receipt else { throw Unexpected(seen: "it was answered with \(receipt)") }
    }
}
