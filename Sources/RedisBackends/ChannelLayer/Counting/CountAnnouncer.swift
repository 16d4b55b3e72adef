import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis

/// Tells groups their counts, so that the last count that a member sees is the true one.
///
/// Where one script can count and publish, that is one step on Redis. Where it cannot (the relay is on another host,
/// the message is encrypted or tells the number of people too, or members are behind a mailbox), the group is counted
/// once more after its count was sent: if it has changed since, it is announced again. Of several fronts that announce
/// at the same time, the one that sent last then finds that it told the truth, or tells it.
struct CountAnnouncer: Sendable {
    typealias Announcement = CountAnnouncements.Announcement

    let host: Int
    let sender: MessageSender
    let context: LayerContext

    private var hosts: RedisHosts { context.hosts }

    /// What is sent to the host with the group's members, together with the changes of membership before it.
    func commands(_ announcement: Announcement) -> [RedisCommand] {
        guard let call = script(announcement) else {
            return [RedisCommand("ZCARD", RedisArgument(hosts.keys.members(of: announcement.group)))]
        }
        return [LuaScripts.announceCount.callByDigest(keys: call.keys, arguments: call.arguments)]
    }

    /// Does the rest, by the replies to `commands`, one for each announcement.
    func settle(_ announcements: [Announcement], _ replies: ArraySlice<RedisReply>) async {
        for (announcement, reply) in zip(announcements, replies) {
            do {
                try await settle(announcement, reply)
            } catch {
                let key = hosts.keys.members(of: announcement.group)
                if error.code == .refused {
                    context.warn(.countRefused, key: key, error.message)
                } else {
                    context.logger.debug("count not announced, trying again", metadata: ["error": "\(error)"])
                }
                context.state.withLock { state in
                    state.hosts[host].announcements.postpone(
                        announcement,
                        until: .now + RedisChannelLayer.refusalPause
                    )
                }
            }
        }
    }

    // MARK: - Private

    private func settle(_ announcement: Announcement, _ reply: RedisReply) async throws(ChannelLayerError) {
        var reply = reply
        if reply.errorText?.hasPrefix("NOSCRIPT") == true, let call = script(announcement) {
            reply = try await hosts.evaluate(LuaScripts.announceCount, [call], on: host)[0]
        }
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "count \(announcement.group)") }
        if let told = reply.elements {
            // The script has counted and published.
            LayerMetrics.announcements.increment()
            guard let count = told.first?.int, told.last?.int != 0 else { return }
            try await tellDjangoMembers(announcement, count)
            try await countAgain(announcement, after: count)
        } else if let count = reply.int {
            let people = try await people(announcement)
            let message = announcement.message.message(count: count, people: people)
            try await sender.send(message, to: announcement.group, excluding: nil)
            LayerMetrics.announcements.increment()
            try await countAgain(announcement, after: count, people)
        }
    }

    private func tellDjangoMembers(_ announcement: Announcement, _ count: Int) async throws(ChannelLayerError) {
        let group = announcement.group
        let members = await hosts.result(of: sender.djangoMembers.query(group), on: host)
        let message = announcement.message.message(count: count)
        _ = try await sender.djangoMembers.send(message, to: members, of: group, excluding: nil)
    }

    /// The number of people, if it is told.
    private func people(_ announcement: Announcement) async throws(ChannelLayerError) -> Int {
        guard announcement.message.peopleField != nil else { return 0 }
        let key = RedisArgument(hosts.keys.people(of: announcement.group))
        let host = hosts.selection.people(in: announcement.group)
        return try await hosts.send(RedisCommand("HLEN", key), to: host).int ?? 0
    }

    private func countAgain(
        _ announcement: Announcement,
        after count: Int,
        _ people: Int = 0
    ) async throws(ChannelLayerError) {
        let key = RedisArgument(hosts.keys.members(of: announcement.group))
        let isSame = try await hosts.send(RedisCommand("ZCARD", key), to: host).int == count
        let isWholeSame = isSame ? try await self.people(announcement) == people : false
        guard !isWholeSame else { return }
        context.state.withLock { state in
            state.hosts[host].announcements.request(announcement.group, as: announcement.message, now: .now)
        }
        context.writing[host].wake()
    }

    /// The script call that counts and publishes in one step; `nil` where that is not possible.
    private func script(_ announcement: Announcement) -> (keys: [RedisArgument], arguments: [RedisArgument])? {
        guard hosts.selection.relay(of: announcement.group) == host,
            let template = context.configuration.wire.countTemplate(for: announcement.message)
        else { return nil }
        return (
            [RedisArgument(hosts.keys.members(of: announcement.group))],
            [
                RedisArgument(hosts.keys.relay(of: announcement.group)),
                RedisArgument(template.head), RedisArgument(template.tail),
                RedisArgument(template.kind.rawValue), RedisArgument(MemberScore.boundary),
            ]
        )
    }
}
