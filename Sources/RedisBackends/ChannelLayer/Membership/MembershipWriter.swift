import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Makes one host agree with this process' members of the groups on it, and announces those groups' counts.
struct MembershipWriter: Sendable {
    private typealias Batch = MembershipTable<LayerState.Waiter>.GroupBatch

    /// The most members in one batch: with more, one `ZADD` would keep Redis from its other work for over a millisecond.
    private static let batchLimit = 500

    private struct Plan {
        var batch: [Batch]
        var announcements: [CountAnnouncements.Announcement]
        var next: ContinuousClock.Instant?
    }

    let host: Int
    let announcer: CountAnnouncer
    let context: LayerContext

    private var client: RedisClient { context.hosts.clients[host] }
    private var keys: RedisKeys { context.hosts.keys }
    private var signal: WakeSignal { context.writing[host] }

    /// Counts that were asked for together with a batch.
    private struct Counted {
        let announcements: [CountAnnouncements.Announcement]
        let replies: ArraySlice<RedisReply>
    }

    /// Works until a shutdown has left all groups, or the task is cancelled.
    func run() async {
        // What is left to do for a count may take further hosts: joins do not wait for it.
        let (counted, continuation) = AsyncStream.makeStream(of: Counted.self)
        async let announced: Void = announce(counted)
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await watch() }
            tasks.addTask { await renewExpiries() }
            await signal.run { await writeChanges(continuation) }
            tasks.cancelAll()
        }
        continuation.finish()
        await announced
    }

    private func announce(_ counted: AsyncStream<Counted>) async {
        for await counted in counted { await announcer.settle(counted.announcements, counted.replies) }
    }

    /// One visit of the writing loop: takes what changed and what is to be announced in one step, and sends both in one
    /// pipeline, so that a count includes every change that came before its request.
    private func writeChanges(_ counted: AsyncStream<Counted>.Continuation) async -> ContinuousClock.Instant? {
        // While Redis is away changes gather where they cancel each other out; being ready wakes this loop.
        guard client.status == .ready else { return finishIfDone() }
        let plan = takePlan()
        guard !plan.batch.isEmpty || !plan.announcements.isEmpty else {
            return [plan.next, finishIfDone()].compactMap { $0 }.min()
        }
        let commands = plan.batch.map(commands)
        let counts = plan.announcements.map(announcer.commands)
        do {
            let replies = try await client.send((commands + counts).flatMap { $0 })
            let rest = settle(plan.batch, replies[...], counts: commands.map(\.count))
            signal.wake()
            for signal in context.subscribing { signal.wake() }
            if !rest.isEmpty { counted.yield(Counted(announcements: plan.announcements, replies: rest)) }
            return plan.next
        } catch {
            requeue(plan)
            finishIfDone()
            // A lost connection wakes the loop when it is back; this is for what fails while connected.
            return .now + .milliseconds(250)
        }
    }

    private func takePlan() -> Plan {
        context.state.withLock { state in
            let now = ContinuousClock.now
            if let retry = state.hosts[host].retryRefusedAt, retry <= now {
                state.hosts[host].retryRefusedAt = nil
                for group in state.membership.retryRefused(members: host) {
                    state.hosts[host].announcements.requestAgain(group, now: now)
                }
            }
            let batch = state.membership.takeBatch(members: host, limit: Self.batchLimit)
            let membership = state.membership
            let selection = context.hosts.selection
            let (due, next) = state.hosts[host].announcements.takeDue(
                now: now,
                isPopulated: { membership[selection.placement(of: $0)].isKnown($0) },
                isReady: { membership[selection.placement(of: $0)].isTaken($0) }
            )
            let visits = [next, state.hosts[host].retryRefusedAt].compactMap { $0 }
            return Plan(batch: batch, announcements: due, next: visits.min())
        }
    }

    private func requeue(_ plan: Plan) {
        context.state.withLock { state in
            for part in plan.batch {
                _ = state.membership[context.hosts.selection.placement(of: part.group)].settle(part, .lost)
            }
            for announcement in plan.announcements { state.hosts[host].announcements.retry(announcement) }
        }
    }

    /// Notes how the batch went; returns the replies that are not its own.
    private func settle(_ batch: [Batch], _ replies: ArraySlice<RedisReply>, counts: [Int]) -> ArraySlice<RedisReply> {
        var rest = replies
        for (part, count) in zip(batch, counts) {
            let refusal = rest.prefix(count).lazy.compactMap(\.errorText).first
            rest = rest.dropFirst(count)
            let settlement = context.state.withLock { state in
                note(refusal, isWrite: count > 0, in: &state.hosts[host])
                return state.membership[context.hosts.selection.placement(of: part.group)]
                    .settle(part, refusal == nil ? .written : .refused)
            }
            acknowledge(settlement, of: part, refusal: refusal)
        }
        if !batch.isEmpty { LayerMetrics.batches.increment() }
        return rest
    }

    /// Remembers whether Redis takes writes; what it refused is tried again after a while.
    private func note(_ refusal: String?, isWrite: Bool, in state: inout LayerState.Host) {
        if let refusal {
            state.retryRefusedAt = .now + RedisChannelLayer.refusalPause
            // A key of the wrong type is one group's trouble; anything else, such as READONLY or OOM, is everyone's.
            if !refusal.hasPrefix("WRONGTYPE") { state.refusedWrite = refusal }
        } else if isWrite {
            state.refusedWrite = nil
        }
    }

    private func acknowledge(
        _ settlement: MembershipTable<LayerState.Waiter>.Settlement,
        of part: Batch,
        refusal: String?
    ) {
        for waiter in settlement.acknowledged { waiter(.success(())) }
        guard let refusal else {
            LayerMetrics.membersWritten.increment(by: part.joins.count + part.leaves.count)
            return
        }
        LayerMetrics.refusals.increment(by: part.joins.count + part.leaves.count)
        context.warn("Redis refused a change of membership", key: keys.members(of: part.group), refusal)
        let error = ChannelLayerError(refused: refusal, "join \(part.group)")
        for waiter in settlement.refused { waiter(.failure(error)) }
    }

    // MARK: - Commands

    private func commands(_ part: Batch) -> [RedisCommand] {
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

    private var expirySeconds: Int { Int(context.configuration.groupExpiry.components.seconds) }

    // MARK: - Time

    /// After each connection Redis is made to agree with this process: it may have forgotten everything.
    private func watch() async {
        for await status in client.statusUpdates() where status == .ready {
            context.state.withLock { state in
                state.membership.markAllChanged(members: host)
                state.hosts[host].announcements.requestAll(now: .now)
            }
            signal.wake()
        }
    }

    /// A group that lives longer than its expiry would vanish from under its members: it is renewed well before.
    private func renewExpiries() async {
        let interval = context.configuration.groupExpiry / 4
        do {
            while true {
                try await Task.sleep(for: interval)
                let groups = context.state.withLock { $0.membership.populatedGroups(members: host) }
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
            let replies = try await client.send(
                groups.map { RedisCommand("EXPIRE", RedisArgument(keys.members(of: $0)), RedisArgument(expirySeconds)) }
            )
            let isGone = zip(groups, replies).contains { $1.int == 0 }
            guard isGone else { return }
            // Somebody has deleted a group that has members here.
            context.state.withLock { $0.membership.markAllChanged(members: host) }
            signal.wake()
        } catch {
            context.logger.debug("expiry not renewed, next time", metadata: ["error": "\(error)"])
        }
    }

    /// Ends the writing loop when a shutdown has nothing left to write, or no time.
    ///
    /// - Returns: When to look again; `nil` unless the layer is shutting down.
    @discardableResult
    private func finishIfDone() -> ContinuousClock.Instant? {
        let shutdown: (deadline: ContinuousClock.Instant, isSettled: Bool)? = context.state.withLock { state in
            // Looking through all groups is for a shutdown alone, not for every visit of the loop.
            guard let deadline = state.shutdownDeadline else { return nil }
            let isSettled = state.membership.isSettled(members: host) && state.hosts[host].announcements.isQuiet
            return (deadline, isSettled)
        }
        guard let (deadline, isSettled) = shutdown else { return nil }
        guard isSettled || deadline <= .now else { return deadline }
        if !isSettled {
            context.logger.warning("could not leave all groups before the time limit; is Redis reachable?")
        }
        signal.finish()
        return nil
    }
}
