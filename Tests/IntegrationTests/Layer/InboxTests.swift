import Applications
import ChannelLayers
import MusterTesting
import RedisBackends
import Testing

/// Inboxes and last-seen times in Redis.
@Suite("Redis inboxes")
struct InboxTests {
    static let settings = RedisChannelLayerTests.settings.filter { $0.hosts < 3 }

    @Test("Two fronts' inboxes and last-seen times keep every promise", arguments: settings)
    func keepsTheContract(_ setting: RedisChannelLayerTests.Setting) async throws {
        try await withLayers(2, hosts: setting.hosts, RedisChannelLayerConfiguration(wire: setting.wire)) { layers in
            let subject = InboxSubject { limits in
                layers.layers.map { RedisInboxes(sharing: $0, limits: limits) }
            }
            for contract in InboxContract.all {
                do {
                    try await contract.check(subject)
                } catch {
                    Issue.record(error)
                }
            }
            for contract in LastSeenContract.all {
                do {
                    try await contract.check(layers.layers.map { RedisLastSeen(sharing: $0) })
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    @Test("What redis-cli shows: a stream with sender and message, counts, and keys that expire together")
    func whatIsWritten() async throws {
        try await withInboxes { redis, store in
            let id = try await put("hi", to: "bob", store, client: "c1", receipt: true)
            _ = try await put("ho", to: "bob", store)
            #expect(try await redis.cli("hgetall", "asgi:unread:{bob}") == "ann\n2")
            let entries = try await redis.cli("xrange", "asgi:inbox:{bob}", id.description, id.description)
            let lines = entries.split(separator: "\n")
            #expect(lines.count == 7 && lines[0] == "\(id)" && lines[1] == "sender" && lines[2] == "ann")
            #expect(lines[4].contains("direct.message") && lines[5] == "receipt" && lines[6] == "1")
            // With the checksum of "hi", which is the same on every front.
            #expect(try await redis.cli("get", "asgi:sent:{bob}:ann:c1") == "\(id) 3633523372")
            let draft = DirectMessageDraft(
                sender: try UserName("ann"),
                receiver: try UserName("bob"),
                text: "hi",
                clientID: "c1"
            )
            try await store.settle(draft, as: id)
            #expect(try await redis.cli("get", "asgi:sent:{bob}:ann:c1") == "\(id) 3633523372 settled")
            let repeats = try #require(Int(try await redis.cli("ttl", "asgi:sent:{bob}:ann:c1")))
            #expect((86_000...86_400).contains(repeats))
            let times = try await [
                redis.cli("pexpiretime", "asgi:inbox:{bob}"), redis.cli("pexpiretime", "asgi:unread:{bob}"),
            ]
            #expect(Set(times).count == 1)
            let lifetime = try #require(Int(try await redis.cli("ttl", "asgi:inbox:{bob}")))
            #expect((37 * 86_400 - 400...37 * 86_400).contains(lifetime))
        }
    }

    @Test("At every step of what may happen, the counts in Redis are those of the stream")
    func countsInRedis() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        try await withInboxes(limits: InboxLimits(count: 12)) { redis, store in
            let users = try ["ann", "bob", "zoe"].map { try UserName($0) }
            for user in users { try await store.open(user) }
            for step in 0..<40 {
                let (user, sender) = (users[step % 3], users.randomElement(using: &random) ?? users[0])
                let messages = try await store.page(of: user, after: .zero, limit: 100).messages
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    let ids = messages.map(\.id).filter { _ in Bool.random(using: &random) }
                    _ = try await store.acknowledge(ids, by: user)
                case 1:
                    let newest = messages.randomElement(using: &random)?.id ?? .zero
                    _ = try await store.read(from: sender, upTo: newest, by: user)
                default:
                    for text in ["a", "b", "c"] {
                        _ = try await store.store(DirectMessageDraft(sender: sender, receiver: user, text: text))
                    }
                }
                let stream = try await redis.cli("xrange", "asgi:inbox:{\(user)}", "-", "+").split(separator: "\n")
                let senders = zip(stream, stream.dropFirst()).filter { $0.0 == "sender" }.map(\.1)
                let expected = senders.reduce(into: [String: Int]()) { $0[String($1), default: 0] += 1 }
                let hash = try await redis.cli("hgetall", "asgi:unread:{\(user)}").split(separator: "\n").map(
                    String.init
                )
                let counts = stride(from: 0, to: hash.count - 1, by: 2).map { (hash[$0], Int(hash[$0 + 1]) ?? -1) }
                #expect(Dictionary(uniqueKeysWithValues: counts) == expected, "seed \(seed), step \(step)")
            }
        }
    }

    @Test("What is no message in an inbox is passed over, and what comes after it is read")
    func garbage() async throws {
        try await withInboxes { redis, store in
            let bob = try UserName("bob")
            let first = try await put("first", to: "bob", store)
            // Another sender's bytes, none at all, and more of them than a page has.
            let strange = "asgi:inbox:{bob}"
            try await redis.cli("xadd", strange, "*", "foo", "bar")
            try await redis.cli("xadd", strange, "*", "sender", "zoe", "message", "no message")
            for _ in 0..<120 { try await redis.cli("xadd", strange, "*", "sender", "zoe") }
            let last = try await put("last", to: "bob", store)
            for limit in [1, 2, 100] {
                var (ids, isLast): ([MessageID], Bool) = ([], false)
                while !isLast {
                    let page = try await store.page(of: bob, after: ids.last ?? .zero, limit: limit)
                    (ids, isLast) = (ids + page.messages.map(\.id), page.isLast)
                }
                #expect(ids == [first, last])
            }
            #expect(try await store.acknowledge([first], by: bob)[UserName("ann")] == 1)
        }
    }

    @Test("A key that holds something else is named, and nothing is changed")
    func wrongTypes() async throws {
        try await withInboxes { redis, store in
            let (ann, bob) = (try UserName("ann"), try UserName("bob"))
            let id = try await put("hi", to: "bob", store)
            try await redis.cli("del", "asgi:unread:{bob}")
            try await redis.cli("set", "asgi:unread:{bob}", "junk")
            let calls: [@Sendable () async throws -> Void] = [
                { try await store.open(bob) },
                { _ = try await store.store(DirectMessageDraft(sender: ann, receiver: bob, text: "ho")) },
                { _ = try await store.page(of: bob, after: .zero, limit: 1) },
                { _ = try await store.acknowledge([id], by: bob) },
                { _ = try await store.read(from: ann, upTo: id, by: bob) },
                { try await store.acknowledgeMissing(upTo: 1, by: bob) },
            ]
            for call in calls {
                let error = await #expect(throws: ChannelLayerError.self) { try await call() }
                #expect(error?.code == .refused)
                #expect(error?.message.contains("asgi:unread:{bob}") == true)
            }
            #expect(try await redis.cli("xlen", "asgi:inbox:{bob}") == "1")
            // Without the counts: they are counted anew.
            try await redis.cli("del", "asgi:unread:{bob}")
            try await store.open(bob)
            #expect(try await store.page(of: bob, after: .zero, limit: 1).unread == [ann: 1])
        }
    }

    @Test("A Redis that is full takes no message, and its inboxes can be emptied")
    func fullRedis() async throws {
        try await withInboxes { redis, store in
            let (ann, bob) = (try UserName("ann"), try UserName("bob"))
            var ids: [MessageID] = []
            for number in 1...6 { ids.append(try await put("\(number)", to: "bob", store)) }
            try await redis.cli("config", "set", "maxmemory-policy", "noeviction")
            try await redis.cli("config", "set", "maxmemory", "1")
            let draft = DirectMessageDraft(sender: ann, receiver: bob, text: "hi")
            let error = await #expect(throws: ChannelLayerError.self) { _ = try await store.store(draft) }
            #expect(error?.code == .refused)
            #expect(try await store.acknowledge([ids[0], ids[2]], by: bob) == [ann: 4])
            #expect(try await redis.inboxCount("bob") == 4)
            #expect(try await store.read(from: ann, upTo: ids[4], by: bob) == [ann: 1])
            #expect(try await redis.inboxCount("bob") == 1)
            #expect(try await store.acknowledge([ids[5]], by: bob) == [:])
            #expect(try await redis.inboxCount("bob") == 0)
        }
    }

    @Test("Counts that somebody has deleted are right again with the next message")
    func deletedCounts() async throws {
        try await withInboxes { redis, store in
            let (ann, bob) = (try UserName("ann"), try UserName("bob"))
            for number in 1...70 { _ = try await put("\(number)", to: "bob", store) }
            try await redis.cli("del", "asgi:unread:{bob}")
            guard case .stored = try await store.store(DirectMessageDraft(sender: ann, receiver: bob, text: "hi"))
            else {
                Issue.record("not stored")
                return
            }
            #expect(try await redis.inboxCount("bob") == 71)
            #expect(try await redis.cli("hget", "asgi:unread:{bob}", "ann") == "71")
        }
    }

    @Test("After a flush a user has no inbox until it is opened again; nothing of it stays in Redis")
    func flush() async throws {
        try await withTestRedis { redis in
            try await withLayers(1, on: [redis]) { layers in
                let store = RedisInboxes(sharing: layers[0], limits: InboxLimits(count: 1))
                for text in ["hi", "ho"] { _ = try await put(text, to: "bob", store, client: text) }
                try await RedisLastSeen(sharing: layers[0]).note(UserName("bob"))
                #expect(try await redis.cli("hgetall", "asgi:missing:{bob}") == "lost\n1")
                try await layers[0].flush()
                for key in ["inbox:{bob}", "unread:{bob}", "missing:{bob}", "sent:{bob}:ann:hi", "seen"] {
                    #expect(try await redis.cli("exists", "asgi:\(key)") == "0", "\(key)")
                }
                let (ann, bob) = (try UserName("ann"), try UserName("bob"))
                let draft = DirectMessageDraft(sender: ann, receiver: bob, text: "hi", clientID: "hi")
                #expect(try await store.store(draft) == .noSuchUser)
                try await store.open(bob)
                guard case .stored = try await store.store(draft) else {
                    Issue.record("an inbox that was opened takes nothing")
                    return
                }
            }
        }
    }

    @Test("Redis away is .unavailable, a name that no group could have .invalidName")
    func errors() async throws {
        try await withInboxes { redis, store in
            let (ann, odd) = (try UserName("ann"), try UserName("a:b"))
            for draft in [
                DirectMessageDraft(sender: ann, receiver: odd, text: "hi"),
                DirectMessageDraft(sender: odd, receiver: ann, text: "hi", clientID: "c"),
            ] {
                let error = await #expect(throws: ChannelLayerError.self) { _ = try await store.store(draft) }
                #expect(error?.code == .invalidName)
            }
            redis.kill()
            let error = await #expect(throws: ChannelLayerError.self) { try await store.open(ann) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("Users who were here too long ago are forgotten, a few with each who comes")
    func lastSeen() async throws {
        try await withTestRedis { redis in
            try await withLayers(1, on: [redis]) { layers in
                let store = RedisLastSeen(sharing: layers[0])
                let now = try #require(Int(try await redis.cli("time").split(separator: "\n")[0]))
                let old = (0..<100).flatMap { ["\(now - 31 * 86_400)", "old\($0)"] }
                try await redis.call(["zadd", "asgi:seen"] + old + ["\(now - 29 * 86_400)", "zoe"])
                #expect(try await store.latest(1000).map(\.user.rawValue) == ["zoe"])
                for _ in 0..<2 { try await store.note(UserName("ann")) }
                #expect(try await redis.cli("zrange", "asgi:seen", "0", "-1") == "zoe\nann")
                let seconds = try #require(try await store.latest(1).first?.seconds)
                #expect((now...now + 600).contains(seconds))
            }
        }
    }

    private func withInboxes(
        limits: InboxLimits = InboxLimits(),
        _ body: (TestRedis, RedisInboxes) async throws -> Void
    ) async throws {
        try await withTestRedis { redis in
            try await withLayers(1, on: [redis]) { layers in
                try await body(redis, RedisInboxes(sharing: layers[0], limits: limits))
            }
        }
    }

    /// A message from ann, to one who is here.
    private func put(
        _ text: String,
        to receiver: String,
        _ store: RedisInboxes,
        client: String? = nil,
        receipt: Bool = false
    ) async throws -> MessageID {
        let draft = DirectMessageDraft(
            sender: try UserName("ann"),
            receiver: try UserName(receiver),
            text: text,
            clientID: client,
            wantsReceipts: receipt
        )
        try await store.open(draft.receiver)
        guard case .stored(let id) = try await store.store(draft) else {
            throw HarnessError.unexpected("\(text) was not stored")
        }
        return id
    }
}
