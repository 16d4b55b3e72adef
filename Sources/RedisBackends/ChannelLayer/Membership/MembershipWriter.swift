import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Makes one host agree with this process' members of the groups on it, and announces those groups' counts.
struct MembershipWriter: Sendable {
    private typealias Batch = MembershipTable<LayerState.Waiter>.GroupBatch

    /// The most members in one batch: with more, one `ZADD` would keep Redis from its other work for over a
    /// millisecond.
    private static let batchLimit = 500
    /// The most counts in one batch, so that it stays far from what a connection takes at once.
    private static let announcementLimit = 500

    private struct Plan {
        var batch: [Batch]
        var announcements: [CountAnnouncements.Announcement]
        var next: ContinuousClock.Instant?
        /// The round of reconciliation that ends with this batch, if it is the one.
        var lastOfRound: Int?
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
            tasks.addTask { await GroupExpiries(host: host, context: context).run() }
            tasks.addTask { await LostMembers(host: host, context: context).run() }
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
        // While Redis is away changes gather where they cancel each other out; the first heartbeat over a new
        // connection wakes this loop.
        guard context.mayWrite(to: host) else { return finishIfDone() }
        let plan = takePlan()
        if plan.batch.isEmpty { noteWritten(plan) }
        guard !plan.batch.isEmpty || !plan.announcements.isEmpty else {
            return [plan.next, finishIfDone()].compactMap { $0 }.min()
        }
        let pipeline = BatchPipeline(plan.batch, of: context.name, keys: keys, expiry: expirySeconds)
        let counts = plan.announcements.map(announcer.commands)
        do {
            let replies = try await client.send(pipeline.commands + counts.flatMap { $0 })
            let outcome = pipeline.outcome(replies)
            settle(plan.batch, outcome, counts: pipeline.counts)
            noteWritten(plan)
            signal.wake()
            for signal in context.subscribing { signal.wake() }
            if !outcome.rest.isEmpty {
                counted.yield(Counted(announcements: plan.announcements, replies: outcome.rest))
            }
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
            let (membership, people) = (state.membership, state.hosts.map(\.people))
            let selection = context.hosts.selection
            let (due, next) = state.hosts[host].announcements.takeDue(
                now: now,
                limit: Self.announcementLimit,
                isPopulated: {
                    membership[selection.placement(of: $0)].isKnown($0)
                        || people[selection.people(in: $0)].isKnown($0)
                },
                isReady: { membership[selection.placement(of: $0)].isTaken($0) }
            )
            // Looking at what is left behind is for a reconciliation alone, not for every visit of the loop.
            let round = state.hosts[host].reconciliation.awaitsWriting
                .flatMap { state.membership.isWholeTaken(members: host) ? $0 : nil }
            let visits = [next, state.hosts[host].retryRefusedAt].compactMap { $0 }
            return Plan(batch: batch, announcements: due, next: visits.min(), lastOfRound: round)
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

    /// Notes how the batch went.
    private func settle(_ batch: [Batch], _ outcome: BatchPipeline.Outcome, counts: [Int]) {
        let isListed = outcome.listingRefusal == nil
        for (index, part) in batch.enumerated() {
            let refusal = outcome.refusals[index]
            let settlement = context.state.withLock { state in
                note(refusal, isWrite: counts[index] > 0, in: &state.hosts[host])
                return state.membership[context.hosts.selection.placement(of: part.group)]
                    .settle(part, refusal == nil ? .written : .refused, isListed: isListed)
            }
            acknowledge(settlement, of: part, refusal: refusal)
        }
        if let refusal = outcome.listingRefusal { noteUnlisted(refusal) }
        if !batch.isEmpty { LayerMetrics.batches.increment() }
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

    /// Remembers that Redis does not take the listing of this process' groups: nobody could clear up after it.
    private func noteUnlisted(_ refusal: String) {
        context.state.withLock { state in
            state.hosts[host].retryRefusedAt = .now + RedisChannelLayer.refusalPause
            state.hosts[host].refusedWrite = refusal
        }
        context.warn(.listingGroupsRefused, key: keys.groups(of: context.name), refusal)
    }

    /// Notes that a batch has arrived, if a reconciliation waits for that; not while Redis takes no writes.
    private func noteWritten(_ plan: Plan) {
        guard let round = plan.lastOfRound else { return }
        context.state.withLock { state in
            guard state.hosts[host].refusedWrite == nil else { return }
            state.hosts[host].reconciliation.written(round)
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
        context.warn(.membershipRefused, key: keys.members(of: part.group), refusal)
        let error = ChannelLayerError(refused: refusal, "join \(part.group)")
        for waiter in settlement.refused { waiter(.failure(error)) }
    }

    private var expirySeconds: Int { Int(context.configuration.groupExpiry.components.seconds) }

    /// Ends the writing loop when a shutdown has nothing left to write, or no time.
    ///
    /// - Returns: When to look again; `nil` unless the layer is shutting down.
    @discardableResult
    private func finishIfDone() -> ContinuousClock.Instant? {
        let shutdown: (deadline: ContinuousClock.Instant, isSettled: Bool)? = context.state.withLock { state in
            // Looking through all groups is for a shutdown alone, not for every visit of the loop.
            guard let deadline = state.shutdownDeadline else { return nil }
            let isSettled =
                state.membership.isSettled(members: host) && state.hosts.allSatisfy(\.people.isSettled)
                && state.hosts[host].announcements.isQuiet
            // Where Redis may still hold something of this process, the lease lapses and others clear up.
            let isAgreed = state.hosts[host].lease.isConfirmed && state.hosts[host].retryRefusedAt == nil
            state.hosts[host].isLeft = isSettled && isAgreed && state.hosts[host].reconciliation.isAgreed
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
