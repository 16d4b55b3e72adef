import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Clears up after fronts whose leases have lapsed, on one host, one front at a time.
///
/// It removes exactly what is theirs, and has the groups told their new counts. It may be stopped at any point: its
/// claim lapses, and another front goes on where it was.
struct Reaper: Sendable {
    let host: Int
    let sender: MessageSender
    let context: LayerContext

    private var hosts: RedisHosts { context.hosts }
    private var keys: RedisKeys { context.hosts.keys }

    /// Works until the stream ends or the task is cancelled.
    ///
    /// - Parameter lapsed: Which fronts to look at, as of the latest heartbeat.
    func run(_ lapsed: AsyncStream<LapsedFronts>) async {
        for await listed in lapsed {
            await remove(listed.strays)
            // In any order: several reapers then share the work.
            for front in listed.fronts.shuffled() where front.name != context.name {
                if Task.isCancelled { return }
                // The list may be from before an outage.
                guard context.state.withLock({ $0.hosts[host].lease.mayReap(now: .now) }) else { break }
                await reap(front)
            }
        }
    }

    /// Takes what is no front's name off the list of fronts, where it would be in the way of others.
    private func remove(_ strays: [LapsedFronts.Stray]) async {
        guard !strays.isEmpty else { return }
        LayerMetrics.strayNames.increment(by: strays.count)
        do {
            let pairs = strays.flatMap { [RedisArgument($0.name), RedisArgument($0.score)] }
            try await unlist(pairs, "take what is no front's name off the list")
        } catch {
            context.warn(.straysKept, key: keys.fronts, error.message)
        }
    }

    private func reap(_ front: LapsedFront) async {
        do {
            _ = try await clearUp(front)
        } catch {
            // It stays on the list: whoever's claim succeeds next goes on.
            if error.code == .refused {
                context.warn(.clearingUpRefused, key: keys.front(front.name), error.message)
            } else {
                context.logger.debug("clearing up interrupted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Removes all that there is of a front, if nobody else is at it and it is not back.
    ///
    /// - Parameter front: The front, whose lease seems to have lapsed.
    /// - Returns: Whether all of it is gone.
    /// - Throws: What Redis refuses, or that it is away; the claim then lapses, and another goes on.
    func clearUp(_ front: LapsedFront) async throws(ChannelLayerError) -> Bool {
        let claim = FrontClaim(front: front.name, host: host, context: context)
        switch try await claim.take() {
        case .taken: break
        case .denied: return false
        case .done:
            // The list is as old as the heartbeat that read it, or somebody died between the last two steps.
            try await unlist(front)
            return true
        }
        let others = try await liveFronts(besides: front.name)
        let members = DeadMembers(claim: claim) { (groups) async throws(ChannelLayerError) in
            try await tell(groups, to: others)
        }
        guard let tally = try await members.remove() else { return false }
        // Once more after its people are gone: a count message may carry both numbers.
        let people = DeadPeople(host: host, sender: sender, context: context) {
            (groups) async throws(ChannelLayerError) in
            try await tell(groups, to: others)
        }
        let isEmpty = try await people.remove(front.name) { () async throws(ChannelLayerError) in
            try await claim.extend()
        }
        guard isEmpty, try await claim.extend() else { return false }
        let mailbox = RedisArgument(keys.mailbox(front: front.name.channelPrefix))
        _ = try await hosts.send(RedisCommand("UNLINK", mailbox), to: host)
        guard try await claim.finish() else { return false }
        try await unlist(front)
        LayerMetrics.frontsReaped.increment()
        context.logger.notice(
            "cleared up after a front whose lease had lapsed",
            metadata: [
                "front": "\(front.name)", "members": "\(tally.members)", "groups": "\(tally.groups)",
                "host": "\(host + 1)",
            ]
        )
        return true
    }

    /// Takes it off the list of fronts, unless it is back by now: its score is another one then.
    private func unlist(_ front: LapsedFront) async throws(ChannelLayerError) {
        let pair = [RedisArgument(front.name.rawValue), RedisArgument(front.score)]
        try await unlist(pair, "take \(front.name) off the list")
    }

    private func unlist(_ pairs: [RedisArgument], _ what: String) async throws(ChannelLayerError) {
        let call = ScriptCall(LuaScripts.removeMembers, keys: [RedisArgument(keys.fronts)], arguments: pairs)
        let reply = try await hosts.evaluate([call], on: host)[0]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, what) }
    }

    // MARK: - Counts

    /// The fronts on the list, besides this one and another.
    func liveFronts(besides dead: FrontName? = nil) async throws(ChannelLayerError) -> [FrontName] {
        let reply = try await hosts.send(RedisCommand("ZRANGE", RedisArgument(keys.fronts), "0", "-1"), to: host)
        return (reply.elements ?? []).compactMap(\.string).map(FrontName.init)
            .filter { $0 != dead && $0 != context.name }
    }

    /// Has the groups told their counts, here and by all fronts: which of them have members is theirs to know.
    func tell(_ groups: [GroupName], to fronts: [FrontName]) async throws(ChannelLayerError) {
        context.announceAgain(groups)
        guard !groups.isEmpty, !fronts.isEmpty else { return }
        var notices: [RedisCommand] = []
        for start in stride(from: 0, to: groups.count, by: Notice.groupLimit) {
            let chunk = groups[start..<min(start + Notice.groupLimit, groups.count)]
            let payload = RedisArgument(Notice.counts(Array(chunk)).payload)
            notices += fronts.map { RedisCommand("PUBLISH", RedisArgument(keys.notices(to: $0)), payload) }
        }
        let replies = try await hosts.send(notices, to: host)
        LayerMetrics.noticesSent.increment(by: notices.count)
        guard let text = replies.lazy.compactMap(\.errorText).first else { return }
        context.warn(.noticesRefused, key: keys.fronts, text)
    }
}

extension LayerContext {
    /// Announces the counts of those groups that have been announced here before.
    func announceAgain(_ groups: [GroupName]) {
        state.withLock { state in
            for group in groups {
                let host = hosts.selection.members(of: group)
                state.hosts[host].announcements.requestAgain(group, now: .now)
            }
        }
        for host in Set(groups.map(hosts.selection.members)) { writing[host].wake() }
    }
}
