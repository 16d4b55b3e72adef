public import ChannelLayers
import CoreMetrics
import Foundation
import Synchronization

/// Inboxes in this process' memory, for a front that is alone.
///
/// Of the client ids of messages to one receiver the last 10,000 are known. There are at most 100,000 inboxes: for more, those
/// go in which nothing has happened for longest, the empty ones first.
public final class InMemoryInboxes: InboxStore {
    /// How many inboxes are looked at for each that is opened: more than it can add, so that what is left over is found.
    private static let step = 2

    private struct State {
        var inboxes: [UserName: Inbox] = [:]
        /// Every user with an inbox once.
        var users: [UserName] = []
        /// Whose turn it is to be looked at.
        var turn = 0
    }

    private let limits: InboxLimits
    private let mostInboxes: Int
    private let now: @Sendable () -> Inbox.Moment
    private let state = Mutex(State())

    /// Makes a store.
    ///
    /// - Parameter limits: How much an inbox keeps.
    public convenience init(limits: InboxLimits = InboxLimits()) {
        self.init(limits: limits) {
            Inbox.Moment(milliseconds: UInt64(max(0, Date().timeIntervalSince1970 * 1000)), instant: .now)
        }
    }

    init(limits: InboxLimits, mostInboxes: Int = 100_000, now: @escaping @Sendable () -> Inbox.Moment) {
        self.limits = limits
        self.mostInboxes = mostInboxes
        self.now = now
    }

    /// How many inboxes there are.
    var count: Int { state.withLock { $0.inboxes.count } }

    /// Makes a user's inbox if there is none.
    public func open(_ user: UserName) async throws(ChannelLayerError) {
        let now = now()
        let lost = state.withLock { state in
            var lost = 0
            if state.inboxes[user] == nil {
                if state.users.count >= mostInboxes { lost = makeRoom(&state) }
                state.users.append(user)
            }
            state.inboxes[user, default: Inbox(now: now)].touch(now: now)
            sweep(&state, now: now)
            return lost
        }
        count(Inbox.Dropped(byCount: lost))
    }

    /// Puts a message into its receiver's inbox.
    public func store(_ draft: DirectMessageDraft) async throws(ChannelLayerError) -> InboxReceipt {
        let now = now()
        let (receipt, dropped) = state.withLock { state in
            state.inboxes[draft.receiver]?.store(draft, limits, now: now) ?? (.noSuchUser, Inbox.Dropped())
        }
        count(dropped)
        switch receipt {
        case .stored: InboxMetrics.stored.increment()
        case .storedBefore: InboxMetrics.repeated.increment()
        case .noSuchUser: break
        }
        return receipt
    }

    /// Reads what waits in an inbox.
    public func page(
        of user: UserName,
        after id: MessageID,
        limit: Int
    ) async throws(ChannelLayerError) -> InboxPage {
        let now = now()
        let (page, dropped) = state.withLock { state in
            let dropped = state.inboxes[user]?.trim(limits, now: now) ?? Inbox.Dropped()
            return (state.inboxes[user]?.page(after: id, limit: limit), dropped)
        }
        count(dropped)
        return page ?? InboxPage(messages: [], isLast: true, unread: [:], missing: 0, lost: 0)
    }

    /// Takes messages out that the receiver has acknowledged.
    public func acknowledge(_ ids: [MessageID], by user: UserName) async throws(ChannelLayerError) -> UnreadCounts {
        let now = now()
        return state.withLock { state in
            state.inboxes[user]?.acknowledge(ids, now: now)
            return state.inboxes[user]?.unread ?? [:]
        }
    }

    /// Takes out whatever came from one sender, up to a message.
    public func read(
        from sender: UserName,
        upTo id: MessageID,
        by user: UserName
    ) async throws(ChannelLayerError) -> UnreadCounts {
        let now = now()
        return state.withLock { state in
            state.inboxes[user]?.read(from: sender, upTo: id, now: now)
            return state.inboxes[user]?.unread ?? [:]
        }
    }

    /// Notes that a receiver knows of messages that are missing.
    public func acknowledgeMissing(upTo lost: Int, by user: UserName) async throws(ChannelLayerError) {
        let now = now()
        state.withLock { $0.inboxes[user]?.acknowledgeMissing(upTo: lost, now: now) }
    }

    /// Notes that all who are to hear of a message have been told.
    public func settle(_ draft: DirectMessageDraft, as id: MessageID) async throws(ChannelLayerError) {
        state.withLock { $0.inboxes[draft.receiver]?.settle(draft, as: id) }
    }

    /// Forgets some inboxes, so many at once that each new one costs little; returns how many messages were in them.
    private func makeRoom(_ state: inout State) -> Int {
        let inboxes = state.inboxes
        func rank(_ user: UserName) -> (Int, ContinuousClock.Instant) {
            inboxes[user].map { ($0.count == 0 ? 0 : 1, $0.touched) } ?? (0, .now)
        }
        let ranked = state.users.map { (user: $0, rank: rank($0)) }.sorted { $0.rank < $1.rank }
        let number = max(1, mostInboxes / 64)
        for (user, _) in ranked.prefix(number) { state.inboxes[user] = nil }
        state.users = ranked.dropFirst(number).map(\.user)
        return ranked.prefix(number).reduce(0) { $0 + (inboxes[$1.user]?.count ?? 0) }
    }

    /// Forgets a few inboxes in which nothing has happened for long; each has its turn.
    private func sweep(_ state: inout State, now: Inbox.Moment) {
        for _ in 0..<Self.step where !state.users.isEmpty {
            if state.turn >= state.users.count { state.turn = 0 }
            let user = state.users[state.turn]
            if state.inboxes[user]?.isForgotten(limits, now: now) == false {
                state.turn += 1
            } else {
                state.inboxes[user] = nil
                state.users.swapAt(state.turn, state.users.count - 1)
                state.users.removeLast()
            }
        }
    }

    private func count(_ dropped: Inbox.Dropped) {
        if dropped.byCount > 0 { InboxMetrics.droppedByCount.increment(by: Int64(dropped.byCount)) }
        if dropped.byAge > 0 { InboxMetrics.droppedByAge.increment(by: Int64(dropped.byAge)) }
    }
}
