package import ChannelLayers
package import Messages
import Synchronization

/// A layer in memory that keeps every group's history, which is read as a test says, and that notes how.
package final class HistoryLayer: ForwardingChannelLayer {
    /// Called between the reading of a page and its delivery; what it throws stands for what the layer does.
    package typealias Reading = @Sendable (HistoryStart, HistoryPage, any ChannelLayer) async throws -> Void

    package let base: any ChannelLayer
    private let reading: Reading
    private let reads = Mutex((begun: 0, ended: 0))

    package init(keeping count: Int = 10_000, reading: @escaping Reading = { _, _, _ in }) {
        base = InMemoryChannelLayer(
            histories: HistoryLimits([(glob: "*", limit: HistoryLimit(count: count, age: .seconds(600)))])
        )
        self.reading = reading
    }

    /// Pages that were asked for.
    package var begun: Int { reads.withLock { $0.begun } }
    /// Pages that were delivered, or not.
    package var ended: Int { reads.withLock { $0.ended } }

    package func history(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int
    ) async throws(ChannelLayerError) -> HistoryPage {
        reads.withLock { $0.begun += 1 }
        defer { reads.withLock { $0.ended += 1 } }
        let page = try await base.history(of: group, from: start, limit: limit)
        do {
            try await reading(start, page, base)
        } catch {
            throw ChannelLayerError(code: .unavailable, message: "\(error)")
        }
        return page
    }

    /// Records messages in the group `room`; returns the id of the last.
    @discardableResult
    package func record(_ numbers: some Sequence<Int>) async throws -> MessageID {
        var last = MessageID.zero
        for number in numbers { last = try await base.groupRecord(.say(number), to: "room") ?? last }
        return last
    }
}

extension Message {
    /// A message with a number as its text.
    package static func say(_ number: Int) -> Message {
        Message(type: "say", ["text": .string(String(number))])
    }
}
