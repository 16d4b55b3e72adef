public import Applications
public import ChannelLayers
import CoreMetrics
import Messages
import Redis

/// Inboxes in Redis, which all fronts share.
///
/// A user's messages are in the stream `asgi:inbox:{<user>}`, the unread counts in the hash `asgi:unread:{<user>}`, and
/// how many were lost and told of in the hash `asgi:missing:{<user>}`: scripts change them in one step. All are on the host with the relay of
/// the group `direct.<user>`, so that names are such that groups can be named after them; others are refused with
/// `.invalidName`. They expire a week after the last message that could have been in them.
public struct RedisInboxes: InboxStore {
    /// How many messages a script removes at once.
    private static let batch = 32
    /// How many messages a page holds at most.
    private static let longestPage = 100
    /// After how many bytes of messages a page ends; it has one message at least.
    private static let pageBytes = 1 << 17
    /// Redis refuses to read after the greatest id there can be, which a client may have made up.
    private static let lastStart = MessageID(milliseconds: .max, sequence: .max - 1)

    private let context: LayerContext
    private let limits: InboxLimits

    private var hosts: RedisHosts { context.hosts }

    /// Makes a store on a layer's connections to Redis; it works while the layer runs.
    ///
    /// - Parameters:
    ///   - layer: The layer.
    ///   - limits: How much an inbox keeps; all fronts should agree.
    public init(sharing layer: RedisChannelLayer, limits: InboxLimits = InboxLimits()) {
        context = layer.context
        self.limits = limits
    }

    // MARK: - Messages

    /// Makes a user's inbox if there is none.
    public func open(_ user: UserName) async throws(ChannelLayerError) {
        var isDone = false
        while !isDone {
            let reply = try await call(LuaScripts.openInbox, of: user, "open", kept + [lifetime])
            let numbers = (reply.elements ?? []).map { $0.int ?? 0 }
            guard numbers.count == 3 else { throw unreadable("open", user) }
            countDropped(byCount: numbers[0], byAge: numbers[1])
            isDone = numbers[2] == 0
        }
    }

    /// Puts a message into its receiver's inbox.
    public func store(_ draft: DirectMessageDraft) async throws(ChannelLayerError) -> InboxReceipt {
        let payload = try InboxEntry.payload(of: draft, wire: context.configuration.wire)
        // A sender with a colon in the name could pass for another with another client id.
        _ = try hosts.selection.inbox(of: draft.sender)
        let checksum = CRC32.checksum(of: draft.text.utf8)
        let reply = try await call(
            LuaScripts.storeDirect,
            of: draft.receiver,
            besides: sentKey(of: draft),
            "store a message in",
            [RedisArgument(draft.sender.rawValue), RedisArgument(payload), draft.wantsReceipts ? "1" : ""]
                + kept + [lifetime, RedisArgument(limits.repeats.wholeSeconds), RedisArgument(Int(checksum))]
        )
        let answer = reply.elements ?? []
        if reply.elements?.isEmpty == true { return .noSuchUser }
        guard answer.count == 4, let id = answer[0].string.flatMap({ MessageID($0) }) else {
            throw unreadable("store a message in", draft.receiver)
        }
        countDropped(byCount: answer[2].int ?? 0, byAge: answer[3].int ?? 0)
        let isRepeated = answer[1].int != 0
        (isRepeated ? InboxMetrics.repeated : InboxMetrics.stored).increment()
        return isRepeated ? .storedBefore(id, isSettled: answer[1].int == 2) : .stored(id)
    }

    /// Reads what waits in an inbox.
    ///
    /// What is no message, or one that no key of this process decrypts, is passed over and stays until it is too old.
    public func page(
        of user: UserName,
        after id: MessageID,
        limit: Int
    ) async throws(ChannelLayerError) -> InboxPage {
        var after = min(id, Self.lastStart)
        let asked = RedisArgument(max(1, min(limit, Self.longestPage)))
        while true {
            let reply = try await call(
                LuaScripts.readInbox,
                of: user,
                "read",
                [RedisArgument(after.description), asked, RedisArgument(Self.pageBytes)] + kept + [lifetime]
            )
            guard let answer = reply.elements, answer.count >= 3 else { throw unreadable("read", user) }
            countDropped(byCount: answer[0].int ?? 0, byAge: answer[1].int ?? 0)
            if answer[2].int == 1 { continue }
            guard answer.count == 8, let fields = answer[7].elements else { throw unreadable("read", user) }
            let entries = InboxEntry.entries(fields)
            let messages = entries.compactMap { message($0, to: user) }
            let isLast = answer[5].int == 1
            guard !messages.isEmpty || isLast else {
                // Nothing on it can be read: what comes after is not to wait for that.
                guard let last = entries.last?.id else { throw unreadable("read", user) }
                after = last
                continue
            }
            return InboxPage(
                messages: messages,
                isLast: isLast,
                unread: counts(answer[6]),
                missing: answer[3].int ?? 0,
                lost: answer[4].int ?? 0
            )
        }
    }

    /// Takes messages out that the receiver has acknowledged.
    public func acknowledge(_ ids: [MessageID], by user: UserName) async throws(ChannelLayerError) -> UnreadCounts {
        var ids = ids[...]
        while true {
            let reply = try await call(
                LuaScripts.acknowledgeDirect,
                of: user,
                "acknowledge messages in",
                [lifetime] + ids.prefix(Self.batch).map { RedisArgument($0.description) }
            )
            ids = ids.dropFirst(Self.batch)
            if ids.isEmpty { return counts(reply) }
        }
    }

    /// Takes out whatever came from one sender, up to a message.
    public func read(
        from sender: UserName,
        upTo id: MessageID,
        by user: UserName
    ) async throws(ChannelLayerError) -> UnreadCounts {
        var after = MessageID.zero
        while true {
            let reply = try await call(
                LuaScripts.readDirect,
                of: user,
                "take what was read out of",
                [
                    lifetime, RedisArgument(sender.rawValue), RedisArgument(id.description),
                    RedisArgument(after.description), RedisArgument(Self.batch),
                ]
            )
            let answer = reply.elements ?? []
            if answer.count == 2 { return counts(answer[1]) }
            guard let next = answer.first?.string.flatMap({ MessageID($0) }), next > after else {
                throw unreadable("take what was read out of", user)
            }
            after = next
        }
    }

    /// Notes that a receiver knows of messages that are missing.
    public func acknowledgeMissing(upTo lost: Int, by user: UserName) async throws(ChannelLayerError) {
        guard lost > 0 else { return }
        // More than Lua counts exactly are more than there are.
        let arguments = [lifetime, RedisArgument(min(lost, 1 << 52))]
        _ = try await call(LuaScripts.acknowledgeMissing, of: user, "count what is missing from", arguments)
    }

    /// Notes that all who are to hear of a message have been told.
    public func settle(_ draft: DirectMessageDraft, as id: MessageID) async throws(ChannelLayerError) {
        guard let sent = sentKey(of: draft) else { return }
        _ = try await call(
            LuaScripts.settleDirect,
            of: draft.receiver,
            besides: sent,
            "note that a message is told of in",
            [RedisArgument(id.description)]
        )
    }

    // MARK: - Redis

    /// What scripts are told of the limits.
    private var kept: [RedisArgument] {
        [RedisArgument(limits.count), RedisArgument(limits.age.wholeSeconds), RedisArgument(Self.batch)]
    }

    private var lifetime: RedisArgument { RedisArgument((limits.age + InboxLimits.afterlife).wholeSeconds) }

    private func sentKey(of draft: DirectMessageDraft) -> RedisArgument? {
        draft.clientID.map { RedisArgument(hosts.keys.sent(to: draft.receiver, by: draft.sender, clientID: $0)) }
    }

    private func call(
        _ script: RedisScript,
        of user: UserName,
        besides further: RedisArgument? = nil,
        _ what: String,
        _ arguments: [RedisArgument]
    ) async throws(ChannelLayerError) -> RedisReply {
        let (keys, host) = (hosts.keys, try hosts.selection.inbox(of: user))
        let all = [keys.inbox(of: user), keys.unread(of: user), keys.missing(of: user)].map { RedisArgument($0) }
        let calls = [(keys: all + (further.map { [$0] } ?? []), arguments: arguments)]
        let reply = try await hosts.evaluate(script, calls, on: host)[0]
        if let text = reply.errorText {
            throw ChannelLayerError(refused: text, "\(what) \(keys.inbox(of: user))")
        }
        return reply
    }

    private func unreadable(_ what: String, _ user: UserName) -> ChannelLayerError {
        ChannelLayerError(refused: "an answer that is not understood", "\(what) \(hosts.keys.inbox(of: user))")
    }

    private func message(_ entry: InboxEntry, to user: UserName) -> DirectMessage? {
        do {
            return try entry.message(to: user, wire: context.configuration.wire)
        } catch {
            InboxMetrics.passedOver.increment()
            context.warn(.inboxEntryBad, key: hosts.keys.inbox(of: user), "\(entry.id): \(error)")
            return nil
        }
    }

    private func counts(_ reply: RedisReply) -> UnreadCounts {
        let fields = reply.elements ?? []
        var counts: UnreadCounts = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            // Neither is what a front writes.
            guard let sender = UserName(fields[index]), let count = fields[index + 1].int, count > 0 else { continue }
            counts[sender] = count
        }
        return counts
    }

    private func countDropped(byCount: Int, byAge: Int) {
        if byCount > 0 { InboxMetrics.droppedByCount.increment(by: Int64(byCount)) }
        if byAge > 0 { InboxMetrics.droppedByAge.increment(by: Int64(byAge)) }
    }
}
