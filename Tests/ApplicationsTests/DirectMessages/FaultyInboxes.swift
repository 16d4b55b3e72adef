import Applications
import ChannelLayers
import Synchronization

/// A store of inboxes that breaks one promise.
final class FaultyInboxes: InboxStore {
    enum Fault: CaseIterable {
        case takesAnything, losesMessages, mixesUp, losesCounts, losesReceiptWishes, forgetsClientIDs, knowsAllClientIDs
        case clearsOnOpening, keepsAcknowledged, acknowledgesAll, readsAll, readsOthersToo, readsNothing, keepsCounts
        case keepsEverything, hidesMissing, forgetsMissing, losesPages, neverSettles, settlesAll
    }

    private let base: InMemoryInboxes
    private let fault: Fault
    private let isOdd = Mutex(false)

    init(_ fault: Fault, _ limits: InboxLimits) {
        self.fault = fault
        let isBoundless = fault == .keepsEverything
        let repeats = fault == .knowsAllClientIDs ? Duration.seconds(86_400) : limits.repeats
        base = InMemoryInboxes(
            limits: isBoundless
                ? InboxLimits(count: 10_000, repeats: repeats)
                : InboxLimits(count: limits.count, age: limits.age, repeats: repeats)
        )
    }

    func open(_ user: UserName) async throws(ChannelLayerError) {
        if fault == .clearsOnOpening {
            _ = try await base.acknowledge(base.page(of: user, after: .zero, limit: 1000).messages.map(\.id), by: user)
        }
        try await base.open(user)
    }

    func store(_ draft: DirectMessageDraft) async throws(ChannelLayerError) -> InboxReceipt {
        if fault == .takesAnything { try await base.open(draft.receiver) }
        let isOdd = isOdd.withLock { isOdd in
            isOdd.toggle()
            return isOdd
        }
        if fault == .losesMessages, isOdd { return .stored(MessageID(milliseconds: 1, sequence: 0)) }
        let receipt = try await base.store(
            DirectMessageDraft(
                sender: draft.sender,
                receiver: draft.receiver,
                text: draft.text,
                clientID: fault == .forgetsClientIDs ? nil : draft.clientID,
                wantsReceipts: fault == .losesReceiptWishes ? false : draft.wantsReceipts
            )
        )
        if fault == .settlesAll, case .storedBefore(let id, _) = receipt { return .storedBefore(id, isSettled: true) }
        return receipt
    }

    func page(of user: UserName, after id: MessageID, limit: Int) async throws(ChannelLayerError) -> InboxPage {
        let page = try await base.page(of: user, after: id, limit: limit)
        let unread = page.messages.last.map { [$0.draft.sender: page.messages.count] } ?? [:]
        return InboxPage(
            messages: fault == .mixesUp ? page.messages.reversed() : page.messages,
            isLast: page.isLast || fault == .losesPages,
            unread: fault == .losesCounts ? unread : page.unread,
            missing: fault == .hidesMissing ? 0 : page.missing,
            lost: page.lost
        )
    }

    func acknowledge(_ ids: [MessageID], by user: UserName) async throws(ChannelLayerError) -> UnreadCounts {
        let before = try await base.page(of: user, after: .zero, limit: 1000)
        switch fault {
        case .keepsAcknowledged: return before.unread
        case .acknowledgesAll: return try await base.acknowledge(before.messages.map(\.id), by: user)
        case .keepsCounts:
            _ = try await base.acknowledge(ids, by: user)
            return before.unread
        default: return try await base.acknowledge(ids, by: user)
        }
    }

    func read(
        from sender: UserName,
        upTo id: MessageID,
        by user: UserName
    ) async throws(ChannelLayerError) -> UnreadCounts {
        let page = try await base.page(of: user, after: .zero, limit: 1000)
        switch fault {
        case .readsNothing: return page.unread
        case .readsAll:
            return try await base.read(from: sender, upTo: MessageID(milliseconds: .max, sequence: .max), by: user)
        case .readsOthersToo:
            return try await base.acknowledge(page.messages.map(\.id).filter { $0 <= id }, by: user)
        default: return try await base.read(from: sender, upTo: id, by: user)
        }
    }

    func acknowledgeMissing(upTo lost: Int, by user: UserName) async throws(ChannelLayerError) {
        try await base.acknowledgeMissing(upTo: fault == .forgetsMissing ? Int.max : lost, by: user)
    }

    func settle(_ draft: DirectMessageDraft, as id: MessageID) async throws(ChannelLayerError) {
        if fault != .neverSettles { try await base.settle(draft, as: id) }
    }
}
