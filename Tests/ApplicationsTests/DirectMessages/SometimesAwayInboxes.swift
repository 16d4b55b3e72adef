import ChannelLayers
import Synchronization

@testable import Applications

/// Inboxes whose server fails a few times, as a test says.
final class SometimesAwayInboxes: InboxStore {
    enum Call {
        case page, acknowledgement, other
    }

    private struct Failures {
        var left = 0
        var code = ChannelLayerError.Code.unavailable
        var only: Call?
    }

    private let base: any InboxStore
    private let failures = Mutex(Failures())
    private let reads = Mutex(0)

    init(_ base: any InboxStore) {
        self.base = base
    }

    /// The next calls fail, of all kinds or of one.
    func fail(_ times: Int, with code: ChannelLayerError.Code = .unavailable, only call: Call? = nil) {
        failures.withLock { $0 = Failures(left: times, code: code, only: call) }
    }

    /// How many pages were read.
    var pages: Int { reads.withLock { $0 } }

    private func check(_ call: Call = .other) throws(ChannelLayerError) {
        let code = failures.withLock { failures -> ChannelLayerError.Code? in
            guard failures.left > 0, failures.only == nil || failures.only == call else { return nil }
            failures.left -= 1
            return failures.code
        }
        if let code { throw ChannelLayerError(code: code, message: "as the test says") }
    }

    func open(_ user: UserName) async throws(ChannelLayerError) {
        try check()
        try await base.open(user)
    }

    func store(_ draft: DirectMessageDraft) async throws(ChannelLayerError) -> InboxReceipt {
        try check()
        return try await base.store(draft)
    }

    func page(of user: UserName, after id: MessageID, limit: Int) async throws(ChannelLayerError) -> InboxPage {
        try check(.page)
        reads.withLock { $0 += 1 }
        return try await base.page(of: user, after: id, limit: limit)
    }

    func acknowledge(_ ids: [MessageID], by user: UserName) async throws(ChannelLayerError) -> UnreadCounts {
        try check(.acknowledgement)
        return try await base.acknowledge(ids, by: user)
    }

    func read(
        from sender: UserName,
        upTo id: MessageID,
        by user: UserName
    ) async throws(ChannelLayerError) -> UnreadCounts {
        try check()
        return try await base.read(from: sender, upTo: id, by: user)
    }

    func acknowledgeMissing(upTo lost: Int, by user: UserName) async throws(ChannelLayerError) {
        try check()
        try await base.acknowledgeMissing(upTo: lost, by: user)
    }

    func settle(_ draft: DirectMessageDraft, as id: MessageID) async throws(ChannelLayerError) {
        try check()
        try await base.settle(draft, as: id)
    }
}
