import Applications
import ChannelLayers

extension InboxContract {
    /// Promises about what leaves an inbox because its receiver has it.
    static let leaving = [
        InboxContract("acknowledged messages leave the inbox and its counts, all others stay", acknowledging),
        InboxContract("what was read of one sender leaves, what came later or from others stays", reading),
        InboxContract("whatever happens, the counts are what is in the inbox", model),
    ]

    private static func acknowledging(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob, zoe) = (try subject.newUser("ann"), try subject.newUser(), try subject.newUser("zoe"))
        for user in [bob, zoe] { try await one.open(user) }
        var ids: [MessageID] = []
        for number in 0..<150 {
            ids.append(try await one.put("\(number)", from: number % 3 == 0 ? zoe : ann, to: bob))
        }
        let elsewhere = try await one.put("elsewhere", from: ann, to: zoe)
        // One that is not there, one of another inbox, one twice.
        let strange = [MessageID.zero, MessageID(milliseconds: .max, sequence: .max), ids[1], ids[1]]
        let unread = try await other.acknowledge(strange + [ids[0]], by: bob)
        try Unexpected.unless(unread == [ann: 99, zoe: 49], "after two were acknowledged: \(unread)")
        if !ids.contains(elsewhere) { _ = try await other.acknowledge([elsewhere], by: bob) }
        let untouched = try await one.texts(zoe)
        try Unexpected.unless(untouched == ["elsewhere"], "another's inbox has \(untouched)")
        let left = try await one.texts(bob)
        try Unexpected.unless(left == (2..<150).map { "\($0)" }, "left are \(left.count)")
        let most = try await other.acknowledge(Array(ids[0..<149]), by: bob)
        try Unexpected.unless(most == [ann: 1], "of all but one these are left: \(most)")
        let none = try await one.acknowledge([], by: bob)
        try Unexpected.unless(none == [ann: 1], "acknowledging nothing left \(none)")
        let last = try await one.acknowledge([ids[149]], by: bob)
        let texts = try await other.texts(bob)
        try Unexpected.unless(last.isEmpty && texts.isEmpty, "of all are left \(last), \(texts)")
    }

    private static func reading(_ subject: InboxSubject) async throws {
        let (one, other) = subject.stores()
        let (ann, bob, zoe) = (try subject.newUser("ann"), try subject.newUser(), try subject.newUser("zoe"))
        try await one.open(bob)
        var ids: [MessageID] = []
        for number in 0..<180 {
            ids.append(try await one.put("\(number)", from: number % 2 == 0 ? ann : zoe, to: bob))
        }
        let none = try await other.read(from: ann, upTo: .zero, by: bob)
        try Unexpected.unless(none == [ann: 90, zoe: 90], "of nothing read is left \(none)")
        let some = try await other.read(from: ann, upTo: ids[140], by: bob)
        try Unexpected.unless(some == [ann: 19, zoe: 90], "after 71 were read: \(some)")
        let texts = try await one.texts(bob)
        let expected = (0..<180).filter { $0 % 2 == 1 || $0 > 140 }.map { "\($0)" }
        try Unexpected.unless(texts == expected, "left are \(texts.count) of \(expected.count)")
        let stranger = try await one.read(from: bob, upTo: ids[179], by: bob)
        try Unexpected.unless(stranger == some, "reading a stranger left \(stranger)")
        let rest = try await one.read(from: ann, upTo: MessageID(milliseconds: .max, sequence: .max), by: bob)
        try Unexpected.unless(rest == [zoe: 90], "after all of one sender were read: \(rest)")
    }

    /// Anything in any order by three users, beside a model of it.
    private static func model(_ subject: InboxSubject) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let limit = 40
        let (one, other) = subject.stores(InboxLimits(count: limit))
        let users = try ["ann", "bob", "zoe"].map { try subject.newUser($0) }
        for user in users { try await one.open(user) }
        var inboxes: [UserName: [DirectMessage]] = [:]
        var (lost, told): ([UserName: Int], [UserName: Int]) = ([:], [:])
        for step in 0..<200 {
            let store = Bool.random(using: &random) ? one : other
            let (user, sender) = (users.randomElement(using: &random) ?? users[0], users[step % 3])
            var inbox = inboxes[user, default: []]
            var counts: UnreadCounts?
            switch Int.random(in: 0..<12, using: &random) {
            case 0: try await store.open(user)
            case 1:
                let ids = inbox.map(\.id).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
                counts = try await store.acknowledge(ids, by: user)
                inbox.removeAll { ids.contains($0.id) }
            case 2:
                guard let id = inbox.randomElement(using: &random)?.id else { continue }
                counts = try await store.read(from: sender, upTo: id, by: user)
                inbox.removeAll { $0.draft.sender == sender && $0.id <= id }
            case 3:
                let known = Int.random(in: 0...max(5, lost[user, default: 0]), using: &random)
                try await store.acknowledgeMissing(upTo: known, by: user)
                told[user] = max(told[user, default: 0], min(known, lost[user, default: 0]))
            default:
                for number in 0..<Int.random(in: 1...5, using: &random) {
                    let draft = DirectMessageDraft(
                        sender: sender,
                        receiver: user,
                        text: "\(step).\(number)",
                        clientID: "\(step).\(number)"
                    )
                    guard case .stored(let id) = try await store.store(draft) else {
                        throw Unexpected(seen: "seed \(seed), step \(step): not stored")
                    }
                    inbox.append(DirectMessage(id: id, draft))
                }
                let over = max(0, inbox.count - limit)
                inbox.removeFirst(over)
                lost[user, default: 0] += over
            }
            inboxes[user] = inbox
            let missing = lost[user, default: 0] - told[user, default: 0]
            let seen = try await other.whole(user, pages: 1000)
            try Unexpected.unless(
                seen.messages == inbox && seen.unread == inbox.unread && counts ?? seen.unread == seen.unread
                    && seen.missing == missing,
                """
                seed \(seed), step \(step): \(seen.messages.count) of \(inbox.count) messages, counts \(seen.unread) \
                of \(inbox.unread), missing \(seen.missing) of \(missing)
                """
            )
        }
    }
}
