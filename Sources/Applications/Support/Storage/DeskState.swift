import ChannelLayers

/// A desk in memory: what `SupportDesk` says, as a value.
///
/// Times are microseconds since 1970.
struct DeskState: Sendable {
    private struct Talk {
        var staff: UserName
        let began: Int
    }

    /// How many talks a sweep takes from staff who are gone, and how many it ends.
    private static let sweepBatch = 100
    private static let remembered = 10_000
    private static let memory = 3600 * 1_000_000

    private let limits: DeskLimits
    private var version = 0
    private var waiting: [UserName: Int] = [:]
    private var talks: [UserName: Talk] = [:]
    private var staffLeases: [UserName: Int] = [:]
    private var customerLeases: [UserName: Int] = [:]
    /// Since when those are gone who talk, or have talked with one who is gone too.
    private var away: [UserName: Int] = [:]
    /// When those ended who are not to come back by a renewal.
    private var ended: [UserName: Int] = [:]
    /// When the desk was called last.
    private var lastCall = Int.min
    /// So long no lease counts as lapsed.
    private var sparedUntil = Int.min

    init(_ limits: DeskLimits) {
        self.limits = limits
    }

    // MARK: - Customers

    mutating func enter(_ customer: UserName, now: Int) -> DeskEntry {
        noteCall(now)
        let before = version
        ended[customer] = nil
        let place: DeskEntry.Place
        if let talk = talks[customer] {
            place = .talking(talk.staff)
            if away.removeValue(forKey: customer) != nil { changed(now) }
        } else if waiting[customer] != nil {
            place = .waiting
        } else if waiting.count >= limits.places {
            return DeskEntry(.full, version: version, hasChanged: false)
        } else {
            place = .waiting
            let wasTalking = away.removeValue(forKey: customer) != nil
            waiting[customer] = wasTalking ? head(now) : tail(now)
            changed(now)
        }
        customerLeases[customer] = leaseEnd(now)
        return DeskEntry(place, version: version, hasChanged: version != before)
    }

    mutating func renew(_ claims: [DeskClaim], staff: [UserName], now: Int) -> DeskRenewal {
        noteCall(now)
        let before = version
        var gone: [UserName] = []
        for claim in claims where !renew(claim, now: now) { gone.append(claim.customer) }
        for name in staff { renewStaff(name, now: now) }
        return DeskRenewal(ended: gone, version: version, hasChanged: version != before)
    }

    /// Returns whether the customer is at the desk.
    private mutating func renew(_ claim: DeskClaim, now: Int) -> Bool {
        let customer = claim.customer
        if talks[customer] != nil {
            if away.removeValue(forKey: customer) != nil { changed(now) }
        } else if waiting[customer] == nil {
            guard ended[customer] == nil else { return false }
            // The order number of a talk is no place in the queue, and the other way round.
            let wasTalking = away.removeValue(forKey: customer) != nil
            if let staff = claim.staff, !wasTalking, talks.count < limits.places,
                talks.count + waiting.count < 2 * limits.places
            {
                talks[customer] = Talk(staff: staff, began: claim.order ?? now)
                // So that the sweep notices a staff member who is gone.
                if staffLeases[staff] == nil { renewStaff(staff, now: now) }
            } else if waiting.count < limits.places {
                let order = claim.staff == nil ? claim.order : nil
                waiting[customer] = order ?? (wasTalking || claim.staff != nil ? head(now) : tail(now))
            } else {
                return false
            }
            changed(now)
        }
        customerLeases[customer] = leaseEnd(now)
        return true
    }

    mutating func leave(_ customer: UserName, now: Int) -> UserName? {
        noteCall(now)
        let talk = talks[customer]
        guard waiting[customer] != nil || talk != nil else { return nil }
        dismiss(customer, now: now)
        return talk?.staff
    }

    // MARK: - Staff

    mutating func takeNext(for staff: UserName, now: Int) -> DeskTaking {
        noteCall(now)
        renewStaff(staff, now: now)
        guard let head = queue.first else { return .notWaiting }
        return take(head.customer, for: staff, now: now)
    }

    mutating func take(_ customer: UserName, for staff: UserName, now: Int) -> DeskTaking {
        noteCall(now)
        renewStaff(staff, now: now)
        if let talk = talks[customer] {
            return talk.staff == staff ? .hadBefore(customer) : .hasAnother(talk.staff)
        }
        guard waiting[customer] != nil else { return .notWaiting }
        guard talks.count < limits.places else { return .full }
        waiting[customer] = nil
        talks[customer] = Talk(staff: staff, began: now)
        changed(now)
        return .taken(customer)
    }

    mutating func handOver(_ customer: UserName, from staff: UserName, to other: UserName, now: Int) -> DeskHandOver {
        noteCall(now)
        guard talks[customer]?.staff == staff else { return .notYours }
        guard staffLeases[other] != nil else { return .notThere }
        if other != staff {
            talks[customer]?.staff = other
            changed(now)
        }
        return .done
    }

    mutating func end(_ customer: UserName, by staff: UserName, now: Int) -> Bool {
        noteCall(now)
        guard talks[customer]?.staff == staff else { return false }
        dismiss(customer, now: now)
        return true
    }

    // MARK: - Clearing up

    mutating func sweep(now: Int) -> DeskSweep {
        noteCall(now)
        guard now >= sparedUntil else {
            return DeskSweep(abandoned: [], ended: [], version: version, hasChanged: false)
        }
        let before = version
        for (customer, end) in customerLeases where end <= now {
            customerLeases[customer] = nil
            if talks[customer] != nil {
                away[customer] = max(end, sparedUntil)
                changed(now)
            } else if waiting.removeValue(forKey: customer) != nil {
                changed(now)
            }
        }
        let abandoned = sweepStaff(now: now)
        var endedTalks: [DeskSweep.Talk] = []
        let late = away.filter { $0.value + limits.away.microseconds <= now }.sorted { $0.value < $1.value }
        for (customer, _) in late.prefix(Self.sweepBatch) {
            away[customer] = nil
            guard let talk = talks[customer] else { continue }
            dismiss(customer, now: now)
            endedTalks.append(DeskSweep.Talk(customer: customer, staff: talk.staff))
        }
        forgetEnded(now: now)
        return DeskSweep(abandoned: abandoned, ended: endedTalks, version: version, hasChanged: version != before)
    }

    private mutating func sweepStaff(now: Int) -> [DeskSweep.Talk] {
        let lapsed = staffLeases.filter { $0.value <= now }.keys
        guard !lapsed.isEmpty else { return [] }
        let all = talks.filter { staffLeases[$0.value.staff] ?? .min <= now }
            .sorted { ($0.value.began, $0.key.rawValue) < ($1.value.began, $1.key.rawValue) }
        // The newest: those who are left go before them with the next sweep.
        let orphans = all.suffix(Self.sweepBatch)
        // Each goes before the one that went before it: whoever was served longest is first in the end.
        var order = head(now)
        for (customer, _) in orphans.reversed() {
            talks[customer] = nil
            guard away[customer] == nil else { continue }
            waiting[customer] = order
            order -= 1
        }
        let busy = Set(all.dropLast(orphans.count).map(\.value.staff))
        for name in lapsed where !busy.contains(name) { staffLeases[name] = nil }
        changed(now)
        return orphans.map { DeskSweep.Talk(customer: $0.key, staff: $0.value.staff) }
    }

    private mutating func forgetEnded(now: Int) {
        ended = ended.filter { $0.value + Self.memory > now }
        guard ended.count > Self.remembered else { return }
        for (customer, _) in ended.sorted(by: { $0.value < $1.value }).prefix(ended.count - Self.remembered) {
            ended[customer] = nil
        }
    }

    // MARK: - Reading

    var snapshot: DeskSnapshot {
        DeskSnapshot(
            version: version,
            waiting: queue,
            talks: talks.map { DeskSnapshot.Talk($0.key, with: $0.value.staff, began: $0.value.began) },
            staff: Array(staffLeases.keys),
            away: Set(away.keys.filter { talks[$0] != nil })
        )
    }

    private var queue: [DeskSnapshot.Waiting] {
        waiting.map { DeskSnapshot.Waiting($0.key, order: $0.value) }
            .sorted { ($0.order, $0.customer.rawValue) < ($1.order, $1.customer.rawValue) }
    }

    // MARK: - Steps

    /// Nobody could renew a lease while nobody could call: all have one more lease's time for it.
    private mutating func noteCall(_ now: Int) {
        if lastCall == .min || now - lastCall >= limits.lease.microseconds { sparedUntil = leaseEnd(now) }
        // Of a clock that was set back.
        if sparedUntil > leaseEnd(now) { sparedUntil = .min }
        lastCall = now
    }

    private mutating func changed(_ now: Int) {
        version = max(version + 1, now)
    }

    private mutating func renewStaff(_ name: UserName, now: Int) {
        if staffLeases.updateValue(leaseEnd(now), forKey: name) == nil { changed(now) }
    }

    private mutating func dismiss(_ customer: UserName, now: Int) {
        waiting[customer] = nil
        talks[customer] = nil
        away[customer] = nil
        customerLeases[customer] = nil
        ended[customer] = now
        changed(now)
    }

    private func leaseEnd(_ now: Int) -> Int { now + limits.lease.microseconds }
    private func head(_ now: Int) -> Int { (waiting.values.min() ?? now) - 1 }
    private func tail(_ now: Int) -> Int { max(now, (waiting.values.max() ?? 0) + 1) }
}

extension Duration {
    /// The whole microseconds.
    package var microseconds: Int {
        Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000)
    }
}
