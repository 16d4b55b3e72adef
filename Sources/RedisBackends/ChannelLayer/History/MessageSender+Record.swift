package import ChannelLayers
import CoreMetrics
package import Messages
import Redis

/// Messages that are recorded as they are sent.
extension MessageSender {
    /// How often a message is encrypted anew when others take the place in the history that it was made for.
    private static let attempts = 20

    /// Sends a message to every member of a group and, if the group keeps a history, records it in the same step.
    @discardableResult
    package func record(
        _ message: Message,
        to group: GroupName
    ) async throws(ChannelLayerError) -> GroupSendReport {
        guard let limit = histories.limit(of: group) else { return try await send(message, to: group, excluding: nil) }
        var message = message
        if message[ReservedField.exception] != nil {
            var fields = message.fields
            fields.removeValue(forKey: ReservedField.exception)
            message = Message(type: message.type, fields)
        }
        let (id, listeners, members) = try await recorded(message.bound(to: group), in: group, limit)
        LayerMetrics.recorded.increment()
        message = message.identified(as: id)
        var report = try await djangoMembers.send(message, to: members, of: group, excluding: nil)
        report.listeners = listeners
        report.id = id
        return report
    }

    private typealias Recorded = (id: MessageID, listeners: Int, members: Result<RedisReply, ChannelLayerError>)

    private func recorded(
        _ message: Message,
        in group: GroupName,
        _ limit: HistoryLimit
    ) async throws(ChannelLayerError) -> Recorded {
        if let template = try template(message) {
            let payload = [
                RedisArgument(template.head), RedisArgument(template.tail), RedisArgument(template.kind.rawValue), "",
            ]
            let (reply, members) = try await call(payload, group, limit)
            guard let id = reply.id, let listeners = reply.listeners else { throw Self.unreadable(group) }
            return (id, listeners, members)
        }
        var id = ids.first()
        for attempt in 0..<Self.attempts {
            let payload = try sealed(message.identified(as: id))
            let (reply, members) = try await call(
                [RedisArgument(payload), "", "", RedisArgument(id.description)],
                group,
                limit
            )
            guard let answered = reply.id else { throw Self.unreadable(group) }
            if let listeners = reply.listeners { return (id, listeners, members) }
            LayerMetrics.recordRetries.increment()
            id = ChosenIDs.again(after: answered, attempt: attempt)
        }
        throw ChannelLayerError(
            code: .unavailable,
            message: """
                others took the place of a message in the history of \(group) \(Self.attempts) times; \
                send again, and less at once to an encrypted group that keeps a history
                """
        )
    }

    /// Calls the script and, in the same write if it can be, asks for the members behind a mailbox.
    private func call(
        _ payload: [RedisArgument],
        _ group: GroupName,
        _ limit: HistoryLimit
    ) async throws(ChannelLayerError) -> (RecordReply, Result<RedisReply, ChannelLayerError>) {
        let script = ScriptCall(
            LuaScripts.recordMessage,
            keys: [RedisArgument(hosts.keys.history(of: group))],
            arguments: [RedisArgument(hosts.keys.relay(of: group))] + payload
                + [RedisArgument(limit.count), RedisArgument(limit.wholeSeconds)]
        )
        let (query, placement) = (djangoMembers.query(group), hosts.selection.placement(of: group))
        let history = hosts.selection.history(of: group)
        let members: Result<RedisReply, ChannelLayerError>
        var reply: RedisReply
        if placement.members == history {
            let replies = try await hosts.send([query, script.byDigest], to: history)
            (members, reply) = (.success(replies[0]), replies[1])
        } else {
            async let listed = hosts.result(of: query, on: placement.members)
            async let answered = hosts.result(of: script.byDigest, on: history)
            reply = try await answered.get()
            members = await listed
        }
        if reply.errorText?.hasPrefix("NOSCRIPT") == true {
            reply = try await hosts.result(of: script.bySource, on: history).get()
        }
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "record a message of \(group)") }
        return (RecordReply(reply), members)
    }

    private func template(_ message: Message) throws(ChannelLayerError) -> MessageTemplate? {
        do {
            return try wire.template(message, openAt: Message.idField)
        } catch {
            throw ChannelLayerError(error)
        }
    }

    private func sealed(_ message: Message) throws(ChannelLayerError) -> [UInt8] {
        do {
            return try wire.encode(message)
        } catch {
            throw ChannelLayerError(error)
        }
    }

    private static func unreadable(_ group: GroupName) -> ChannelLayerError {
        ChannelLayerError(refused: "an answer that is no id", "record a message of \(group)")
    }
}

/// What the script answers that records a message.
private struct RecordReply {
    /// That of the message, or the newest in the history if the message was not taken.
    let id: MessageID?
    /// How many heard the message; `nil` if it was not taken.
    let listeners: Int?

    init(_ reply: RedisReply) {
        let elements = reply.elements ?? []
        id = elements.first?.string.flatMap { MessageID($0) }
        listeners = elements.count > 1 ? elements[1].int : nil
    }
}

extension HistoryLimit {
    /// The age in seconds, as Redis takes it.
    var wholeSeconds: Int { age.wholeSeconds }
}

extension Duration {
    /// In seconds, rounded up; Redis takes no time that ends beyond its own.
    var wholeSeconds: Int {
        let seconds = components.seconds + (components.attoseconds > 0 ? 1 : 0)
        return Int(min(seconds, 100 * 366 * 86_400))
    }
}
