import ChannelLayers
import CoreMetrics
import Logging
import Redis
import Synchronization

/// The background side of the layer: one loop that writes what changed, one that subscribes, and what wakes them.
extension RedisChannelLayer {
    /// The most members in one batch: with more, one `ZADD` would keep Redis from its other work for over a millisecond.
    private static let batchLimit = 500

    private struct Plan {
        var batch: [MembershipTable<Waiter>.GroupBatch]
        var announcements: [CountAnnouncements.Announcement]
        var next: ContinuousClock.Instant?
    }

    /// One visit of the writing loop: takes what changed and what is to be announced in one step, and sends both in one
    /// pipeline, so that a count includes every change that came before its request.
    func writeChanges() async -> ContinuousClock.Instant? {
        let plan = takePlan()
        guard !plan.batch.isEmpty || !plan.announcements.isEmpty else {
            finishIfDone()
            return plan.next
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
            let batch = state.members.takeBatch(limit: Self.batchLimit)
            let members = state.members
            let (due, next) = state.announcements.takeDue(
                now: .now,
                isPopulated: members.isPopulated,
                isReady: members.isTaken
            )
            return Plan(batch: batch, announcements: due, next: next)
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
            let settlement = state.withLock { $0.members.settle(part, refusal == nil ? .written : .refused) }
            acknowledge(settlement, of: part, refusal: refusal)
        }
        LayerMetrics.batches.increment()
        for (announcement, reply) in zip(plan.announcements, rest) { await check(reply, of: announcement) }
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
        logger.warning(
            "Redis refused a change of membership",
            metadata: ["key": "\(keys.members(of: part.group))", "error": "\(refusal)"]
        )
        let error = ChannelLayerError(code: .refused, message: "Redis refused to join \(part.group): \(refusal)")
        for waiter in settlement.refused { waiter(.failure(error)) }
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
        RedisCommand("EVALSHA", [RedisArgument(LuaScripts.announceCount.sha1)] + announcementArguments(announcement))
    }

    private func announcementArguments(_ announcement: CountAnnouncements.Announcement) -> [RedisArgument] {
        [
            "1",
            RedisArgument(keys.members(of: announcement.group)),
            RedisArgument(keys.relay(of: announcement.group)),
            RedisArgument(announcement.message.scriptHead),
        ]
    }

    private func check(_ reply: RedisReply, of announcement: CountAnnouncements.Announcement) async {
        guard let error = reply.errorMessage else {
            LayerMetrics.announcements.increment()
            return
        }
        guard error.hasPrefix("NOSCRIPT") else {
            logger.warning(
                "Redis refused to announce a count",
                metadata: ["key": "\(keys.members(of: announcement.group))", "error": "\(error)"]
            )
            return
        }
        do {
            let arguments = [RedisArgument(LuaScripts.announceCount.source)] + announcementArguments(announcement)
            _ = try await client.send(RedisCommand("EVAL", arguments))
            LayerMetrics.announcements.increment()
        } catch {
            logger.debug("count not announced, trying again", metadata: ["error": "\(error)"])
            state.withLock { $0.announcements.retry(announcement) }
        }
    }

    // MARK: - The relay

    /// One visit of the subscribing loop: lets go of the groups that have lost their last member here, and subscribes to
    /// those that have got their first.
    func subscribeWanted() async -> ContinuousClock.Instant? {
        let (released, wanted) = state.withLock { state in
            let released = state.members.takeReleased()
            for group in released { state.announcements.forget(group) }
            return (released, state.members.takeUnsubscribed())
        }
        subscriber.unsubscribe(released.map { .channel(keys.relay(of: $0)) })
        guard !wanted.isEmpty else { return nil }
        do {
            try await subscriber.subscribe(wanted.map { .channel(keys.relay(of: $0)) })
            state.withLock { $0.members.relayConfirmed(wanted) }
            writing.wake()
            return nil
        } catch {
            state.withLock { $0.members.relayRefused(wanted) }
            logger.debug("relay not subscribed, trying again", metadata: ["error": "\(error)"])
            return .now + .milliseconds(250)
        }
    }

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

    func watchSubscriber() async {
        var wasReady = false
        for await status in subscriber.statusUpdates() {
            switch status {
            case .ready:
                state.withLock { $0.members.relayRestored() }
                wasReady = true
                writing.wake()
            case .connecting, .unavailable, .closed:
                state.withLock { $0.members.relayLost() }
                guard wasReady else { continue }
                wasReady = false
                LayerMetrics.relayGaps.increment()
                logger.warning(
                    "relay lost: messages sent until it is back do not arrive",
                    metadata: ["status": "\(status)"]
                )
            }
        }
    }

    // MARK: - Time

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

    private func finishIfDone() {
        let (isDone, isLate) = state.withLock { state in
            guard let deadline = state.shutdownDeadline else { return (false, false) }
            let isLate = deadline <= .now
            return (isLate || (state.members.isSettled && state.announcements.isQuiet), isLate)
        }
        guard isDone else { return }
        if isLate { logger.warning("could not leave all groups before the time limit; is Redis reachable?") }
        writing.finish()
    }
}

extension RedisReply {
    /// The text of an error reply.
    fileprivate var errorMessage: String? {
        if case .error(let message) = self { message } else { nil }
    }
}
