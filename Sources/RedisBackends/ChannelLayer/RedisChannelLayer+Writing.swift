import ChannelLayers
import CoreMetrics
import Logging
import Redis
import Synchronization

/// The loop that writes what changed, and what wakes it.
extension RedisChannelLayer {
    /// The most members in one batch: with more, one `ZADD` would keep Redis from its other work for over a millisecond.
    private static let batchLimit = 500
    /// How long to leave Redis alone with what it has refused.
    static let refusalPause = Duration.seconds(1)

    private struct Plan {
        var batch: [MembershipTable<Waiter>.GroupBatch]
        var announcements: [CountAnnouncements.Announcement]
        var next: ContinuousClock.Instant?
    }

    /// One visit of the writing loop: takes what changed and what is to be announced in one step, and sends both in one
    /// pipeline, so that a count includes every change that came before its request.
    func writeChanges() async -> ContinuousClock.Instant? {
        // While Redis is away changes gather where they cancel each other out; being ready wakes this loop.
        guard client.status == .ready else { return finishIfDone() }
        let plan = takePlan()
        guard !plan.batch.isEmpty || !plan.announcements.isEmpty else {
            return [plan.next, finishIfDone()].compactMap { $0 }.min()
        }
        let commands = plan.batch.map(membershipCommands)
        let scripts = plan.announcements.map(announcementCommand)
        do {
            let replies = try await client.send(commands.flatMap { $0 } + scripts)
            await settle(plan, replies, counts: commands.map(\.count))
            writing.wake()
            subscribing.wake()
            return plan.next
        } catch {
            requeue(plan)
            finishIfDone()
            // A lost connection wakes the loop when it is back; this is for what fails while connected.
            return .now + .milliseconds(250)
        }
    }

    private func takePlan() -> Plan {
        state.withLock { state in
            let now = ContinuousClock.now
            if let retry = state.retryRefusedAt, retry <= now {
                state.retryRefusedAt = nil
                for group in state.members.retryRefused() { state.announcements.requestAgain(group, now: now) }
            }
            let batch = state.members.takeBatch(limit: Self.batchLimit)
            let members = state.members
            let (due, next) = state.announcements.takeDue(
                now: now,
                isPopulated: members.isKnown,
                isReady: members.isTaken
            )
            let visits = [next, state.retryRefusedAt].compactMap { $0 }
            return Plan(batch: batch, announcements: due, next: visits.min())
        }
    }

    private func requeue(_ plan: Plan) {
        state.withLock { state in
            for part in plan.batch { _ = state.members.settle(part, .lost) }
            for announcement in plan.announcements { state.announcements.retry(announcement) }
        }
    }

    private func settle(_ plan: Plan, _ replies: [RedisReply], counts: [Int]) async {
        var rest = replies[...]
        for (part, count) in zip(plan.batch, counts) {
            let own = rest.prefix(count)
            rest = rest.dropFirst(count)
            let refusal = own.lazy.compactMap(\.errorMessage).first
            let settlement = state.withLock { state in
                note(refusal, isWrite: count > 0, in: &state)
                return state.members.settle(part, refusal == nil ? .written : .refused)
            }
            acknowledge(settlement, of: part, refusal: refusal)
        }
        LayerMetrics.batches.increment()
        await settle(plan.announcements, Array(rest))
    }

    /// Remembers whether Redis takes writes; what it refused is tried again after a while.
    private func note(_ refusal: String?, isWrite: Bool, in state: inout State) {
        if let refusal {
            state.retryRefusedAt = .now + Self.refusalPause
            // A key of the wrong type is one group's trouble; anything else, such as READONLY or OOM, is everyone's.
            if !refusal.hasPrefix("WRONGTYPE") { state.refusedWrite = refusal }
        } else if isWrite {
            state.refusedWrite = nil
        }
    }

    private func acknowledge(
        _ settlement: MembershipTable<Waiter>.Settlement,
        of part: MembershipTable<Waiter>.GroupBatch,
        refusal: String?
    ) {
        for waiter in settlement.acknowledged { waiter(.success(())) }
        guard let refusal else {
            LayerMetrics.membersWritten.increment(by: part.joins.count + part.leaves.count)
            return
        }
        LayerMetrics.refusals.increment(by: part.joins.count + part.leaves.count)
        warn("Redis refused a change of membership", key: keys.members(of: part.group), refusal)
        let error = ChannelLayerError(code: .refused, message: "Redis refused to join \(part.group): \(refusal)")
        for waiter in settlement.refused { waiter(.failure(error)) }
    }

    private func warn(_ what: String, key: String, _ refusal: String) {
        guard let held = refusalLog.admit() else { return }
        logger.warning("\(what)", metadata: ["key": "\(key)", "error": "\(refusal)", "held_back": "\(held)"])
    }

    // MARK: - Commands

    private func membershipCommands(_ part: MembershipTable<Waiter>.GroupBatch) -> [RedisCommand] {
        let key = RedisArgument(keys.members(of: part.group))
        var commands: [RedisCommand] = []
        if !part.joins.isEmpty {
            var add = RedisCommand("ZADD", key)
            for (channel, since) in part.joins {
                add.append(RedisArgument(since + MemberScore.offset))
                add.append(RedisArgument(channel.rawValue))
            }
            commands.append(add)
            commands.append(RedisCommand("EXPIRE", key, RedisArgument(expirySeconds)))
        }
        if !part.leaves.isEmpty {
            commands.append(RedisCommand("ZREM", [key] + part.leaves.map { RedisArgument($0.rawValue) }))
        }
        return commands
    }

    private var expirySeconds: Int { Int(configuration.groupExpiry.components.seconds) }

    private func announcementCommand(_ announcement: CountAnnouncements.Announcement) -> RedisCommand {
        LuaScripts.announceCount.callByDigest(keys: [key(of: announcement)], arguments: arguments(of: announcement))
    }

    private func key(of announcement: CountAnnouncements.Announcement) -> RedisArgument {
        RedisArgument(keys.members(of: announcement.group))
    }

    private func arguments(of announcement: CountAnnouncements.Announcement) -> [RedisArgument] {
        [RedisArgument(keys.relay(of: announcement.group)), RedisArgument(announcement.message.scriptHead)]
    }

    // MARK: - Announcements

    private func settle(_ announcements: [CountAnnouncements.Announcement], _ replies: [RedisReply]) async {
        var isScriptLoaded = false
        for (announcement, reply) in zip(announcements, replies) {
            switch reply.errorMessage {
            case nil:
                LayerMetrics.announcements.increment()
            case let error? where error.hasPrefix("NOSCRIPT"):
                // One call by source teaches Redis the script; the others are called by digest again.
                if isScriptLoaded {
                    state.withLock { $0.announcements.retry(announcement) }
                } else {
                    isScriptLoaded = await announceBySource(announcement)
                }
            case let error?:
                warn("Redis refused to announce a count", key: keys.members(of: announcement.group), error)
                postpone(announcement)
            }
        }
    }

    /// Returns whether Redis knows the script now.
    private func announceBySource(_ announcement: CountAnnouncements.Announcement) async -> Bool {
        do {
            let script = LuaScripts.announceCount
            _ = try await client.send(
                script.callBySource(keys: [key(of: announcement)], arguments: arguments(of: announcement))
            )
            LayerMetrics.announcements.increment()
            return true
        } catch {
            logger.debug("count not announced, trying again", metadata: ["error": "\(error)"])
            postpone(announcement)
            return false
        }
    }

    private func postpone(_ announcement: CountAnnouncements.Announcement) {
        state.withLock { $0.announcements.postpone(announcement, until: .now + Self.refusalPause) }
    }

    // MARK: - Time

    /// After each connection Redis is made to agree with this process: it may have forgotten everything.
    func watchClient() async {
        for await status in client.statusUpdates() where status == .ready {
            state.withLock { state in
                state.members.markAllChanged()
                state.announcements.requestAll(now: .now)
            }
            writing.wake()
        }
    }

    /// A group that lives longer than its expiry would vanish from under its members: it is renewed well before.
    func renewExpiries() async {
        let interval = configuration.groupExpiry / 4
        do {
            while true {
                try await Task.sleep(for: interval)
                let groups = state.withLock { $0.members.populatedGroups }
                for chunk in stride(from: 0, to: groups.count, by: Self.batchLimit) {
                    await renew(groups[chunk..<min(chunk + Self.batchLimit, groups.count)])
                }
            }
        } catch {
            // Cancelled: the layer is shutting down.
        }
    }

    private func renew(_ groups: ArraySlice<GroupName>) async {
        do {
            _ = try await client.send(
                groups.map { RedisCommand("EXPIRE", RedisArgument(keys.members(of: $0)), RedisArgument(expirySeconds)) }
            )
        } catch {
            logger.debug("expiry not renewed, next time", metadata: ["error": "\(error)"])
        }
    }

    /// Ends the writing loop when a shutdown has nothing left to write, or no time.
    ///
    /// - Returns: When to look again; `nil` unless the layer is shutting down.
    @discardableResult
    private func finishIfDone() -> ContinuousClock.Instant? {
        let shutdown: (deadline: ContinuousClock.Instant, isSettled: Bool)? = state.withLock { state in
            // Looking through all groups is for a shutdown alone, not for every visit of the loop.
            state.shutdownDeadline.map { ($0, state.members.isSettled && state.announcements.isQuiet) }
        }
        guard let (deadline, isSettled) = shutdown else { return nil }
        guard isSettled || deadline <= .now else { return deadline }
        if !isSettled { logger.warning("could not leave all groups before the time limit; is Redis reachable?") }
        writing.finish()
        return nil
    }
}

extension RedisReply {
    /// The text of an error reply.
    fileprivate var errorMessage: String? {
        if case .error(let message) = self { message } else { nil }
    }
}
