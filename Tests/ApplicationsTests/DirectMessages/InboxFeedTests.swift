import ChannelLayers
import Consumers
import Messages
import Synchronization
import Testing

@testable import Applications

/// What one connection is sent of its inbox when its client is slow to answer.
struct InboxFeedTests {
    /// A client that answers nothing by itself.
    private final class SilentClient: ConnectionTransport {
        private let state = Mutex((texts: [String](), pings: [UInt64]()))

        /// What it was sent since the last look.
        func taken() -> [String] {
            state.withLock { state in
                defer { state.texts = [] }
                return state.texts
            }
        }
        /// The pings that it has not answered.
        func pings() -> [UInt64] {
            state.withLock { state in
                defer { state.pings = [] }
                return state.pings
            }
        }

        func send(_ frame: OutboundFrame) {
            if case .text(let text) = frame { state.withLock { $0.texts.append(text) } }
        }
        func ping(_ mark: UInt64) { state.withLock { $0.pings.append(mark) } }
        func close(_ code: CloseCode, reason: String) { Issue.record("closed with \(code)") }
        func join(
            _ group: GroupName,
            as person: Person?,
            whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
        ) { whenDone(.success(())) }
        func join(
            _ group: GroupName,
            as person: Person?,
            from start: HistoryStart,
            whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
        ) { whenDone(.success(())) }
        func leave(_ group: GroupName) {}
    }

    private let ann: UserName
    private let bob: UserName
    private let inboxes = InMemoryInboxes()
    private let client = SilentClient()
    private let connection: Connection
    private var feed: InboxFeed

    init() async throws {
        (ann, bob) = (try UserName("ann"), try UserName("bob"))
        let layer = InMemoryChannelLayer()
        let scope = Scope(path: "/ws/bob/", arguments: ["user": "bob"])
        connection = Connection(
            channel: layer.newConnectionChannel(),
            scope: scope,
            layer: layer,
            transport: client
        )
        let correspondence = try Correspondence(
            scope,
            inboxes: inboxes,
            lastSeen: InMemoryLastSeen(),
            media: NoMedia()
        )
        feed = InboxFeed(correspondence) { news in
            guard case .message(let message) = news else { return nil }
            return .text(message.draft.text)
        }
        try await inboxes.open(bob)
    }

    private func store(_ text: String) async throws -> DirectMessage {
        let draft = DirectMessageDraft(sender: ann, receiver: bob, text: text)
        guard case .stored(let id) = try await inboxes.store(draft) else { throw NotStored() }
        return DirectMessage(id: id, draft)
    }

    private struct NotStored: Error {}

    /// The client answers once, and what was held back is sent; returns what had arrived by then.
    private mutating func answer() async throws -> [MessageID] {
        let mark = try #require(client.pings().first)
        let arrived = feed.answered(mark)
        if feed.hasMore { try await feed.readOn(on: connection) }
        return arrived
    }

    @Test("An inbox that is larger than what may wait for a client is sent no faster than the client answers")
    mutating func largeInbox() async throws {
        let texts = (100..<200).map { String(repeating: "x", count: 8000) + "\($0)" }
        for text in texts { _ = try await store(text) }
        try await feed.readOn(on: connection)
        var heard = client.taken()
        var rounds = 0
        while heard.count < texts.count {
            let size = heard.reduce(0) { $0 + $1.utf8.count }
            #expect(size <= (rounds + 1) * (InboxWindow.byteLimit + 8003))
            _ = try await answer()
            heard += client.taken()
            rounds += 1
            try #require(rounds < 50)
        }
        #expect(heard == texts)
        #expect(rounds >= 3)
    }

    @Test("What is announced to a client that is behind comes, also if another connection acknowledges it meanwhile")
    mutating func acknowledgedElsewhere() async throws {
        let large = String(repeating: "x", count: 8000)
        for _ in 1...40 { _ = try await store(large) }
        try await feed.readOn(on: connection)
        #expect(feed.window.isHeld)
        _ = client.taken()
        for number in 1...3 {
            let message = try await store("new \(number)")
            try await feed.announced(DirectAnnouncement.arrived(message), on: connection)
            // Told twice, it is sent once.
            try await feed.announced(DirectAnnouncement.arrived(message), on: connection)
            if number < 3 { _ = try await inboxes.acknowledge([message.id], by: bob) }
        }
        #expect(client.taken().isEmpty)
        _ = try await answer()
        #expect(client.taken().filter { $0 != large } == ["new 1", "new 2", "new 3"])
    }
}
