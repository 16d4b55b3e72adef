import DequeModule
import Foundation
public import Messages
import Synchronization

extension InMemoryChannelLayer {
    /// Sends a message to every member of a group and keeps it, if the group keeps any.
    @discardableResult
    public func groupRecord(
        _ message: Message,
        to group: GroupName
    ) async throws(ChannelLayerError) -> MessageID? {
        let id = state.withLock { state -> MessageID? in
            let recorded = state.histories
                .record(message, in: group, histories, milliseconds: Self.milliseconds, now: .now)
            guard let recorded else { return nil }
            if state.groups[group] != nil { state.outbox.append(.group(recorded, group, excluding: nil)) }
            return recorded.id
        }
        guard let id else {
            try await groupSend(message, to: group, excluding: nil)
            return nil
        }
        handOver()
        return id
    }

    /// Reads a group's history.
    public func history(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int
    ) async throws(ChannelLayerError) -> HistoryPage {
        state.withLock { $0.histories.page(of: group, from: start, limit: limit, histories, now: .now) }
    }

    /// Tells where a group's history ends.
    public func historyEnd(of group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        state.withLock { $0.histories.end(of: group, histories, milliseconds: Self.milliseconds, now: .now) }
    }

    /// Since 1970.
    private static var milliseconds: UInt64 { UInt64(max(0, Date().timeIntervalSince1970 * 1000)) }
}
