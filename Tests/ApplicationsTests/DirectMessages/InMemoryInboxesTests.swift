import ChannelLayers
import MusterTesting
import Synchronization
import Testing

@testable import Applications

struct InMemoryInboxesTests {
    @Test("Inboxes in memory keep every promise", arguments: InboxContract.all)
    func keeps(_ contract: InboxContract) async throws {
        try await contract.check(InboxSubject { [InMemoryInboxes(limits: $0)] })
    }

    @Test("Last-seen times in memory keep every promise", arguments: LastSeenContract.all)
    func keeps(_ contract: LastSeenContract) async throws {
        try await contract.check([InMemoryLastSeen()])
    }

    @Test("Inboxes that nobody touches are forgotten, so that invented names do not stay")
    func forgetting() async throws {
        let seconds = Mutex(0)
        let start = ContinuousClock.now
        let limits = InboxLimits(age: .seconds(60))
        let store = InMemoryInboxes(limits: limits) {
            let elapsed = seconds.withLock { $0 }
            return Inbox.Moment(milliseconds: UInt64(1000 * (1 + elapsed)), instant: start + .seconds(elapsed))
        }
        for number in 0..<500 { try await store.open(UserName("invented\(number)")) }
        #expect(store.count == 500)
        let lifetime = 60 + 7 * 86_400
        seconds.withLock { $0 = lifetime }
        for number in 0..<500 { try await store.open(UserName("invented\(number % 10)")) }
        #expect(store.count == 500)
        seconds.withLock { $0 = lifetime + 1 }
        for number in 0..<500 { try await store.open(UserName("invented\(number % 10)")) }
        #expect(store.count == 10)
        let (ann, bob) = (try UserName("invented499"), try UserName("invented1"))
        #expect(try await store.store(DirectMessageDraft(sender: bob, receiver: ann, text: "hi")) == .noSuchUser)
        guard case .stored = try await store.store(DirectMessageDraft(sender: ann, receiver: bob, text: "hi")) else {
            Issue.record("a user who is here has no inbox")
            return
        }
    }

    @Test("There are not too many inboxes: the longest untouched empty ones go first")
    func cap() async throws {
        let seconds = Mutex(0)
        let start = ContinuousClock.now
        let store = InMemoryInboxes(limits: InboxLimits(), mostInboxes: 10) {
            let elapsed = seconds.withLock {
                $0 += 1
                return $0
            }
            return Inbox.Moment(milliseconds: UInt64(1000 * elapsed), instant: start + .seconds(elapsed))
        }
        let users = try (0..<30).map { try UserName("user\($0)") }
        func draft(_ receiver: Int) -> DirectMessageDraft {
            DirectMessageDraft(sender: users[0], receiver: users[receiver], text: "hi")
        }
        for user in users[..<10] { try await store.open(user) }
        for receiver in 0..<5 { _ = try await store.store(draft(receiver)) }
        try await store.open(users[5])
        for user in users[10..<13] { try await store.open(user) }
        #expect(store.count == 10)
        for receiver in 6...8 { #expect(try await store.store(draft(receiver)) == .noSuchUser) }
        for receiver in [0, 4, 5, 9, 12] {
            #expect(try await store.store(draft(receiver)) != .noSuchUser, "\(receiver)")
        }
        // All others hold something: then the oldest of those.
        for receiver in [10, 11, 1, 2, 3] { _ = try await store.store(draft(receiver)) }
        try await store.open(users[20])
        #expect(store.count == 10)
        #expect(try await store.store(draft(0)) == .noSuchUser)
    }

    @Test("Users are remembered for 30 days, not too many of them, and one who comes often costs no more")
    func lastSeen() async throws {
        let seconds = Mutex(1_000_000)
        let store = InMemoryLastSeen(mostUsers: 50) { seconds.withLock { $0 } * 1_000_000 }
        for number in 0..<60 { try await store.note(UserName("user\(number)")) }
        #expect(try await store.latest(1000).count == 50)
        #expect(try await store.latest(1).first?.user.rawValue == "user59")
        seconds.withLock { $0 += 15 * 86_400 }
        for _ in 0..<5000 { try await store.note(UserName("user20")) }
        #expect(store.noteCount <= 1200)
        #expect(try await store.latest(1) == [LastSeen(user: UserName("user20"), seconds: 1_000_000 + 15 * 86_400)])
        #expect(try await store.latest(1000).count == 50)
        seconds.withLock { $0 += 15 * 86_400 + 1 }
        #expect(try await store.latest(1000).map(\.user.rawValue) == ["user20"])
        seconds.withLock { $0 += 15 * 86_400 }
        #expect(try await store.latest(1000).isEmpty)
    }
}
