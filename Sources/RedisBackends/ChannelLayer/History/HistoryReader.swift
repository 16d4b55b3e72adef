import ChannelLayers
import CoreMetrics
import Messages
import Redis

/// Reads groups' histories, a page at a time: one script call each.
struct HistoryReader: Sendable {
    /// How many messages a page holds at most.
    static let longestPage = 1000
    /// After how many bytes of messages a page ends; it has one message at least.
    private static let pageBytes = 1 << 20

    /// Redis refuses to read after the greatest id there can be, which a client may have made up.
    private static let lastStart = MessageID(milliseconds: .max, sequence: .max - 1)

    let context: LayerContext

    private var hosts: RedisHosts { context.hosts }

    /// Reads a page.
    ///
    /// What is older than the group's limit allows is not on it, whether Redis still holds it or not.
    func page(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int
    ) async throws(ChannelLayerError) -> HistoryPage {
        guard let kept = context.configuration.histories.limit(of: group) else { return .nothingKept(from: start) }
        LayerMetrics.historyPages.increment()
        let limit = max(0, min(limit, Self.longestPage))
        let page: HistoryPage
        switch start {
        case .newest(let count):
            let read = try await read(group, after: "", limit: max(0, min(count, limit)), kept)
            let (messages, isWhole) = self.messages(read.entries.reversed(), in: group)
            page = HistoryPage(messages: messages, hasGap: !isWhole, end: read.newest, isLast: true)
        case .after(let id):
            let asked = min(id, Self.lastStart).description
            var read = try await read(group, after: asked, limit: limit, kept)
            var hasGap = read.isMissing
            if id > read.newest {
                // Redis was emptied, or went back to what it was before: all that it has may be new.
                hasGap = true
                read = try await self.read(group, after: MessageID.zero.description, limit: limit, kept)
            }
            let (messages, isWhole) = self.messages(read.entries, in: group)
            let end = read.entries.last?.id ?? read.newest
            page = HistoryPage(
                messages: messages,
                hasGap: hasGap || !isWhole,
                end: end,
                isLast: end >= read.newest
            )
        }
        if page.hasGap { LayerMetrics.historyGaps.increment() }
        return page
    }

    /// Where a group's history ends, `nil` if the group keeps none; one that is not there begins.
    func end(of group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        guard let kept = context.configuration.histories.limit(of: group) else { return nil }
        let key = hosts.keys.history(of: group)
        let reply = try await hosts.evaluate(
            LuaScripts.openHistory,
            [([RedisArgument(key)], [RedisArgument(kept.wholeSeconds)])],
            on: hosts.selection.history(of: group)
        )[0]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "find the end of \(key)") }
        guard let end = reply.string.flatMap({ MessageID($0) }) else {
            throw ChannelLayerError(refused: "an answer that is no id", "find the end of \(key)")
        }
        return end
    }

    private typealias Entry = (id: MessageID, message: [UInt8])

    private func read(
        _ group: GroupName,
        after start: String,
        limit: Int,
        _ kept: HistoryLimit
    ) async throws(ChannelLayerError) -> (newest: MessageID, isMissing: Bool, entries: [Entry]) {
        let key = hosts.keys.history(of: group)
        let arguments: [RedisArgument] = [
            RedisArgument(start), RedisArgument(limit), RedisArgument(kept.wholeSeconds), RedisArgument(Self.pageBytes),
        ]
        let host = hosts.selection.history(of: group)
        let reply = try await hosts.evaluate(LuaScripts.readHistory, [([RedisArgument(key)], arguments)], on: host)[0]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "read \(key)") }
        guard let elements = reply.elements, elements.count >= 2,
            let newest = elements[0].string.flatMap({ MessageID($0) })
        else { throw ChannelLayerError(refused: "an answer that is no history", "read \(key)") }
        let entries = stride(from: 2, to: elements.count - 1, by: 2).compactMap { index -> Entry? in
            guard let id = elements[index].string.flatMap({ MessageID($0) }) else { return nil }
            return (id, elements[index + 1].bytes ?? [])
        }
        return (newest, elements[1].int == 1, entries)
    }

    /// The messages in entries, and whether every entry is one.
    private func messages(_ entries: [Entry], in group: GroupName) -> (messages: [Message], isWhole: Bool) {
        let messages = entries.compactMap { entry -> Message? in
            do {
                // However old: a history outlives what is only sent.
                let message = try context.configuration.wire.decode(entry.message.span)
                return message.unbound(from: group).identified(as: entry.id)
            } catch {
                LayerMetrics.badMessages.increment()
                context.warn(.historyEntryBad, key: hosts.keys.history(of: group), "\(entry.id): \(error)")
                return nil
            }
        }
        return (messages, messages.count == entries.count)
    }
}

extension LayerContext {
    /// Somebody here has read a group's history to its end: should the relay break, its members miss what comes later.
    ///
    /// That is known only if the group has one member here, the reader. Another may have missed what was read.
    func noteRead(_ group: GroupName, upTo end: MessageID) {
        let placement = hosts.selection.placement(of: group)
        let isKept = configuration.histories.limit(of: group) != nil
        state.withLock { state in
            guard isKept, state.membership[placement].memberCount(of: group) == 1 else { return }
            state.hosts[placement.relay].following.read(group, upTo: end)
        }
    }
}
