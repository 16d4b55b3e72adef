import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Makes one host agree with this process' people in the groups on it, and tells those groups who came and who left.
///
/// At a shutdown people leave as ever, after their grace period: most of them are on their way to another front, and
/// no group is to be told that they left. The wait is bounded by the shutdown timeout, with time left for the writing.
struct PeopleWriter: Sendable {
    /// The most people in one batch, so that it keeps Redis from its other work for about a millisecond.
    private static let batchLimit = 250

    let host: Int
    let calls: PeopleCalls
    let context: LayerContext

    private var client: RedisClient { context.hosts.clients[host] }
    private var listing: RedisArgument { RedisArgument(context.hosts.keys.peoplesGroups(of: context.name)) }
    private var signal: WakeSignal { context.attending[host] }

    /// Works until a shutdown has taken everybody out of all groups, or the task is cancelled.
    func run() async {
        await signal.run { await write() }
        // Their numbers may still have to be announced.
        for signal in context.writing { signal.wake() }
    }

    /// One visit of the writing loop.
    private func write() async -> ContinuousClock.Instant? {
        let isReady = context.mayWrite(to: host)
        let (doubted, departure, retry, isSettled) = context.state.withLock { state in
            let now = ContinuousClock.now
            if let retry = state.hosts[host].retryPeopleAt, retry <= now {
                state.hosts[host].retryPeopleAt = nil
                state.hosts[host].people.retryRefused()
            }
            state.hosts[host].people.endGraces(now: now)
            let people = state.hosts[host].people
            let retry = state.hosts[host].retryPeopleAt
            return (people.isInDoubt ? people.stamp : nil, people.nextDeparture, retry, people.isSettled)
        }
        let next = earliest(departure, retry)
        // While Redis is away changes gather where they cancel each other out; being ready wakes this loop.
        guard isReady, !isSettled else { return earliest(next, finishIfDone()) }
        do {
            if let doubted { try await resolveDoubt(doubted) }
            let batch = takeBatch()
            guard !batch.isEmpty else { return earliest(next, finishIfDone()) }
            let outcome = try await write(batch)
            let hasRefused = settle(batch, outcome)
            signal.wake()
            return hasRefused ? .now + RedisChannelLayer.refusalPause : next
        } catch {
            context.logger.debug("people not written, trying again", metadata: ["error": "\(error)"])
            if error.code == .refused {
                let key = context.hosts.keys.peoplesGroups(of: context.name)
                context.warn(.listingPeopleRefused, key: key, error.message)
                context.state.withLock { $0.hosts[host].refusedPeople = error.message }
            }
            finishIfDone()
            // A lost connection wakes the loop when it is back; this is for what fails while connected.
            return .now + (error.code == .refused ? RedisChannelLayer.refusalPause : .milliseconds(250))
        }
    }

    private func earliest(_ instants: ContinuousClock.Instant?...) -> ContinuousClock.Instant? {
        instants.compactMap { $0 }.min()
    }

    /// Finds out what Redis holds of this process' people after a break.
    private func resolveDoubt(_ stamp: Int) async throws(ChannelLayerError) {
        let query = RedisCommand("HGET", listing, RedisArgument(PresenceShape.markField))
        let reply = try await context.hosts.send(query, to: host)
        let aftermath: PeopleTable.Aftermath =
            switch reply.string.map(ListingMark.init) {
            case nil: .emptied
            case .reaped: .reaped
            case .kept: .kept
            }
        context.logger.debug("people are written again", metadata: ["host": "\(host + 1)", "redis": "\(aftermath)"])
        context.state.withLock { $0.hosts[host].people.resolve(aftermath, stamp: stamp, now: .now) }
    }

    private func takeBatch() -> PeopleTable.Batch {
        context.state.withLock { state in
            let membership = state.membership
            let selection = context.hosts.selection
            return state.hosts[host].people.takeBatch(limit: Self.batchLimit) {
                membership[selection.placement(of: $0)].isHeard($0)
            }
        }
    }

    // MARK: - Batches

    private func write(_ batch: PeopleTable.Batch) async throws(ChannelLayerError) -> [PeopleCalls.Outcome] {
        do throws(ChannelLayerError) {
            // Listed before anybody is written: whoever clears up after this process finds them.
            let listing = try listingCommands(batch)
            for reply in listing.isEmpty ? [] : try await context.hosts.send(listing, to: host) {
                if let text = reply.errorText { throw ChannelLayerError(refused: text, "list groups of people") }
            }
            let left = try await calls.make(batch.departures.map(change), of: context.name, by: LuaScripts.personLeft)
            let stamp = batch.stamp
            let joined = try await calls.make(
                batch.arrivals.map { change($0, stamp: stamp) },
                of: context.name,
                by: LuaScripts.personJoined
            )
            return left + joined
        } catch {
            context.state.withLock { $0.hosts[host].people.settle(batch, .lost) }
            throw error
        }
    }

    private func listingCommands(_ batch: PeopleTable.Batch) throws(ChannelLayerError) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        if !batch.unlisted.isEmpty {
            var remove = RedisCommand("HDEL", [listing] + batch.unlisted.map { RedisArgument($0.rawValue) })
            if batch.isListingEmpty { remove.append(RedisArgument(PresenceShape.markField)) }
            commands.append(remove)
        }
        if !batch.listed.isEmpty {
            var add = RedisCommand(
                "HSET",
                listing,
                RedisArgument(PresenceShape.markField),
                RedisArgument(ListingMark.kept(stamp: batch.stamp).text)
            )
            for (group, presence) in batch.listed {
                add.append(RedisArgument(group.rawValue))
                do {
                    add.append(RedisArgument(try PresenceShape(stamp: batch.stamp, presence: presence).text()))
                } catch {
                    throw ChannelLayerError(error)
                }
            }
            // Whoever took this process for dead has let the listing expire.
            commands += [add, RedisCommand("PERSIST", listing)]
        }
        return commands
    }

    private func change(_ departure: PeopleTable.Departure) -> PeopleCalls.Change {
        PeopleCalls.Change(
            group: departure.key.group,
            user: departure.key.user.rawValue,
            entry: "",
            message: departure.told?.message(left: departure.key.user)
        )
    }

    private func change(_ arrival: PeopleTable.Arrival, stamp: Int) -> PeopleCalls.Change {
        PeopleCalls.Change(
            group: arrival.key.group,
            user: arrival.key.user.rawValue,
            entry: FrontEntry.text(context.name, stamp: stamp),
            message: arrival.told?.message(joined: arrival.key.user)
        )
    }

    /// Notes how a batch went; returns whether Redis refused any of it.
    private func settle(_ batch: PeopleTable.Batch, _ outcomes: [PeopleCalls.Outcome]) -> Bool {
        let keys = batch.departures.map(\.key) + batch.arrivals.map(\.key)
        var (refused, blocked): (Set<PeopleTable.Key>, Set<PeopleTable.Key>) = ([], [])
        var reason: String?
        for (key, outcome) in zip(keys, outcomes) {
            guard case .refused(let text) = outcome else { continue }
            if PeopleCalls.isWrongType(text) {
                blocked.insert(key)
            } else {
                reason = text
            }
            refused.insert(key)
            context.warn(.personRefused, key: context.hosts.keys.people(of: key.group), text)
        }
        LayerMetrics.peopleWritten.increment(by: keys.count - refused.count)
        LayerMetrics.refusals.increment(by: refused.count)
        context.state.withLock { state in
            state.hosts[host].people.settle(batch, .written(refused: refused, blocked: blocked))
            state.hosts[host].refusedPeople = reason ?? state.hosts[host].refusedPeople
            if state.hosts[host].people.isProven { state.hosts[host].refusedPeople = nil }
            for group in Set(batch.departures.map(\.key.group)) {
                state.forgetAnnouncement(of: group, context.hosts.selection)
            }
            if !refused.isEmpty { state.hosts[host].retryPeopleAt = .now + RedisChannelLayer.refusalPause }
        }
        return !refused.isEmpty
    }

    /// Ends the writing loop when a shutdown has nobody left to take out, or no time.
    ///
    /// - Returns: When to look again; `nil` unless the layer is shutting down.
    @discardableResult
    private func finishIfDone() -> ContinuousClock.Instant? {
        let (deadline, isSettled) = context.state.withLock { state in
            (state.shutdownDeadline, state.hosts[host].people.isSettled)
        }
        guard let deadline else { return nil }
        guard isSettled || deadline <= .now else { return deadline }
        if !isSettled {
            context.logger.warning("could not take all people out of their groups before the time limit")
        }
        signal.finish()
        return nil
    }
}
