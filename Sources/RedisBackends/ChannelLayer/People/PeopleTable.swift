import ChannelLayers

/// Which people this process has in which groups on one host, and what of that Redis does not know yet.
///
/// Like `MembershipTable` it records what is wanted, not what was done. A person whom Redis does not know and who leaves
/// again costs it nothing; after a reconnection everybody is written again.
///
/// A group is told of a person once, with one exception. When Redis was emptied, it does not know that others were told.
/// Should somebody be new on this process just then, and this process be the first one back, it tells so again, before
/// the process that they were on all along writes them.
struct PeopleTable: Sendable {
    typealias Key = Attendance.Key

    /// Somebody to write.
    struct Arrival: Sendable, Hashable {
        let key: Key
        /// How the group is told; `nil` if it is not, or knows already.
        let told: PresenceMessage?
    }

    /// Somebody to remove.
    struct Departure: Sendable, Hashable {
        let key: Key
        let told: PresenceMessage?
    }

    /// What is to be written now; the next one is taken when this one is settled.
    struct Batch: Sendable {
        /// Which writing it is.
        let stamp: Int
        /// Groups to list before anybody is written, and how they are told.
        var listed: [GroupName: PresenceMessage?] = [:]
        /// Groups to list no more.
        var unlisted: [GroupName] = []
        /// Whether no group stays listed.
        var isListingEmpty = false
        var arrivals: [Arrival] = []
        var departures: [Departure] = []

        var isEmpty: Bool { unlisted.isEmpty && arrivals.isEmpty && departures.isEmpty }
    }

    /// How a batch went.
    enum Outcome: Sendable {
        /// Redis has it, but for those whom it refused; some of them as something else is in the place of their group.
        case written(refused: Set<Key>, blocked: Set<Key> = [])
        /// Redis was not reached, or not heard from: to be written again.
        case lost
    }

    /// What Redis holds after a break, as far as this process can tell.
    enum Aftermath: Sendable {
        /// What it held before, or a part of it; nobody was told that anybody left.
        case kept
        /// Nothing: it was emptied. Nobody was told that anybody left.
        case emptied
        /// What others have left of it: they took this process for dead, and told that its people left.
        case reaped
    }

    private struct Entry {
        /// Whether Redis may hold it.
        var isWritten = false
        /// Whether its coming was told, and its leaving was not.
        var isTold = false
        /// How its leaving is told.
        var presence: PresenceMessage?
    }

    private var attendance: Attendance
    private var entries: [Key: Entry] = [:]
    /// People whose state in Redis may differ from what is wanted.
    private var changed: Set<Key> = []
    private var inFlight: Set<Key> = []
    private var refused: Set<Key> = []
    /// People of whom Redis may not hold what it should, by its own doing: it lost them, or does not take them.
    private var owed: Set<Key> = []
    /// How many people of a group have an entry.
    private var sizes: [GroupName: Int] = [:]
    /// Groups that Redis has listed; the value is how they are told.
    private var listed: [GroupName: PresenceMessage?] = [:]
    private var mayBeListed: Set<GroupName> = []
    /// Those among them that nobody is in any more.
    private var unlisting: Set<GroupName> = []
    private var isBatchOut = false
    /// Goes up with each doubt, so that Redis tells what was written before from what is written after.
    private(set) var stamp = 1
    /// Whether Redis may have lost anything, and nobody has looked yet.
    private(set) var isInDoubt = false

    init(grace: Duration) {
        attendance = Attendance(grace: grace)
    }

    /// Whether Redis knows all that is wanted, and nobody is waited for.
    var isSettled: Bool { attendance.isEmpty && entries.isEmpty && unlisting.isEmpty && !isBatchOut }

    /// Whether Redis is known to have all whom it was given, and refuses nobody.
    ///
    /// Whoever has just come, or gone, makes no difference, nor do groups in whose people's place something else is.
    var isProven: Bool { !isInDoubt && owed.isEmpty }

    /// Whether a group has people here, or had some whom Redis has yet to let go.
    func isKnown(_ group: GroupName) -> Bool {
        sizes[group] != nil
    }

    /// When somebody's grace period ends.
    var nextDeparture: ContinuousClock.Instant? { attendance.nextDeparture }

    // MARK: - What is wanted

    /// A channel joins.
    ///
    /// - Returns: Whether there may be anything to write, or to wait for: it may have been somebody else's before.
    mutating func join(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person?,
        now: ContinuousClock.Instant
    ) -> Bool {
        guard let key = attendance.join(channel, to: group, as: person, now: now) else {
            return attendance.nextDeparture != nil
        }
        if entries[key] == nil {
            entries[key] = Entry()
            sizes[group, default: 0] += 1
        }
        entries[key]?.presence = person?.presence
        unlisting.remove(group)
        refused.remove(key)
        changed.insert(key)
        return true
    }

    /// A channel leaves.
    mutating func leave(_ channel: ChannelName, from group: GroupName, now: ContinuousClock.Instant) {
        attendance.leave(channel, from: group, now: now)
    }

    /// Every channel leaves, and nobody is waited for longer than until `latest`.
    mutating func leaveAll(now: ContinuousClock.Instant, latest: ContinuousClock.Instant) {
        attendance.leaveAll(now: now, latest: latest)
    }

    /// Those whose grace period is over are wanted no more.
    mutating func endGraces(now: ContinuousClock.Instant) {
        for (key, _) in attendance.takeDeparted(now: now) {
            guard let entry = entries[key] else { continue }
            if entry.isWritten || inFlight.contains(key) {
                refused.remove(key)
                changed.insert(key)
            } else {
                forget(key)
            }
        }
    }

    /// Redis may have lost anything: what it holds is to be found out, and everybody written again.
    mutating func doubt() {
        stamp += 1
        isInDoubt = !entries.isEmpty || !unlisting.isEmpty
    }

    /// What Redis refused is to be written again, as it may take it now.
    mutating func retryRefused() {
        changed.formUnion(refused)
        refused.removeAll()
    }

    /// Ends a doubt, unless there is a newer one.
    ///
    /// - Parameters:
    ///   - aftermath: What Redis holds.
    ///   - doubted: The stamp at the time when Redis was asked.
    ///   - now: The present.
    mutating func resolve(_ aftermath: Aftermath, stamp doubted: Int, now: ContinuousClock.Instant) {
        guard stamp == doubted else { return }
        isInDoubt = false
        unlisting = mayBeListed.filter { sizes[$0] == nil }
        listed.removeAll()
        refused.removeAll()
        changed = Set(entries.keys)
        owed = changed
        switch aftermath {
        case .kept:
            break
        case .reaped:
            for key in entries.keys { entries[key]?.isTold = false }
        case .emptied:
            // Those who left meanwhile are known to the others as present. They come back for one more grace period, on
            // every front that had them, so that the last front to let them go tells it.
            for (key, entry) in entries where entry.isTold && !attendance.contains(key) {
                attendance.linger(key, presence: entry.presence, now: now)
            }
        }
    }

    private mutating func forget(_ key: Key) {
        guard entries.removeValue(forKey: key) != nil else { return }
        changed.remove(key)
        refused.remove(key)
        owed.remove(key)
        sizes[key.group, default: 1] -= 1
        guard sizes[key.group] == 0 else { return }
        sizes[key.group] = nil
        listed[key.group] = nil
        if mayBeListed.contains(key.group) { unlisting.insert(key.group) }
    }

    // MARK: - Batches

    /// Takes what is to be written now.
    ///
    /// - Parameters:
    ///   - limit: At most this many people, so that no pipeline keeps Redis from its other work for long.
    ///   - isReachable: Whether this process hears a group. Whoever is new there is written, and told, when it does.
    /// - Returns: What to write; nothing while a batch is out or Redis is in doubt.
    mutating func takeBatch(limit: Int, isReachable: (GroupName) -> Bool) -> Batch {
        var batch = Batch(stamp: stamp)
        guard !isBatchOut, !isInDoubt else { return batch }
        batch.unlisted = Array(unlisting.prefix(limit))
        unlisting.subtract(batch.unlisted)
        for key in changed {
            guard batch.arrivals.count + batch.departures.count < limit else { break }
            guard let entry = entries[key] else { continue }
            if attendance.contains(key) {
                guard entry.isTold || isReachable(key.group) else { continue }
                list(key, in: &batch)
                batch.arrivals.append(Arrival(key: key, told: entry.isTold ? nil : entry.presence))
                entries[key]?.isWritten = true
            } else {
                batch.departures.append(Departure(key: key, told: entry.presence))
            }
            inFlight.insert(key)
        }
        changed.subtract(inFlight)
        batch.isListingEmpty = mayBeListed.count == batch.unlisted.count
        isBatchOut = !batch.isEmpty
        return batch
    }

    private mutating func list(_ key: Key, in batch: inout Batch) {
        let presence = attendance.presence(in: key.group)
        if let known = listed[key.group], known == presence { return }
        batch.listed.updateValue(presence, forKey: key.group)
        listed.updateValue(presence, forKey: key.group)
        mayBeListed.insert(key.group)
    }

    /// Notes how a batch went.
    mutating func settle(_ batch: Batch, _ outcome: Outcome) {
        isBatchOut = false
        inFlight.removeAll()
        switch outcome {
        case .lost:
            changed.formUnion(batch.arrivals.map(\.key).filter { entries[$0] != nil })
            changed.formUnion(batch.departures.map(\.key).filter { entries[$0] != nil })
            owed.formUnion((batch.arrivals.map(\.key) + batch.departures.map(\.key)).filter { entries[$0] != nil })
            // It may have been told all the same.
            for departure in batch.departures { entries[departure.key]?.isTold = false }
            for group in batch.listed.keys { listed[group] = nil }
            for group in batch.unlisted where sizes[group] == nil { unlisting.insert(group) }
        case .written(let refusedNow, let blocked):
            mayBeListed.subtract(batch.unlisted)
            owed.subtract(batch.arrivals.map(\.key) + batch.departures.map(\.key))
            owed.formUnion(refusedNow.subtracting(blocked).filter { entries[$0] != nil })
            for arrival in batch.arrivals where !refusedNow.contains(arrival.key) {
                entries[arrival.key]?.isTold = true
            }
            for departure in batch.departures where !refusedNow.contains(departure.key) {
                if attendance.contains(departure.key) {
                    // Back already: as anybody who comes.
                    entries[departure.key]?.isWritten = false
                    entries[departure.key]?.isTold = false
                } else {
                    forget(departure.key)
                }
            }
            refused.formUnion(refusedNow.filter { entries[$0] != nil })
        }
    }
}
