package import ChannelLayers

/// What one host knows of a front: its entry among the leases and its hash.
package struct FrontRecord: Sendable, Hashable {
    package let name: FrontName
    /// The host, counted from 0.
    package let host: Int
    /// When its lease lapses by the list of leases, which may be behind; `nil` if it is not in it.
    package let listedUntil: Double?
    /// When its lease lapses by its own hash, which decides.
    package let until: Double?
    package let since: Double?
    package let details: FrontDetails
    /// Who clears up after it, and until when that claim holds.
    package let reaper: FrontName?
    package let reaperUntil: Double?
    /// Whether it has a hash at all.
    package let hasFields: Bool
    /// Whether everything of it has been removed.
    package let isReaped: Bool
    /// Whether it has been asked to write everything of its own again, and has not yet.
    package let isAsked: Bool

    /// Makes a record of what Redis answered.
    ///
    /// - Parameters:
    ///   - name: The front.
    ///   - host: The host, counted from 0.
    ///   - listedUntil: Its score among the leases.
    ///   - fields: Its hash; empty if it has none.
    package init(_ name: FrontName, on host: Int, listedUntil: Double?, fields: [String: String]) {
        func text(_ field: FrontField) -> String? { fields[field.rawValue] }
        // "inf" and "nan" are numbers to Redis, but no times.
        func time(_ field: FrontField) -> Double? {
            text(field).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
        }
        self.name = name
        self.host = host
        self.listedUntil = listedUntil.map { $0.isFinite ? $0 : 0 }
        hasFields = !fields.isEmpty
        until = time(.until)
        since = time(.since)
        details = FrontDetails(
            address: text(.address) ?? "",
            connections: text(.connections).flatMap { Int($0) } ?? 0,
            version: text(.version) ?? ""
        )
        reaper = text(.reaper).map { FrontName($0) }
        reaperUntil = time(.reaperUntil)
        isReaped = text(.reaped) != nil
        isAsked = text(.reconcile) != nil
    }

    /// How the front stands at a time on the host's clock.
    package func standing(at now: Double) -> FrontStanding {
        if isReaped { return .clearedUp }
        if let reaper, let reaperUntil, reaperUntil >= now { return .beingClearedUp(by: reaper) }
        guard let until else { return .withoutLease }
        return until >= now ? .live(remaining: until - now) : .lapsed(ago: now - until)
    }
}

/// How a front stands on one host.
package enum FrontStanding: Sendable, Hashable {
    /// Its lease is good for so many seconds.
    case live(remaining: Double)
    /// Its lease lapsed so many seconds ago; the next front to look clears up after it.
    case lapsed(ago: Double)
    /// Its lease has lapsed, and another front removes what is left of it.
    case beingClearedUp(by: FrontName)
    /// Everything of it has been removed.
    case clearedUp
    /// There are traces of it, but no lease.
    case withoutLease

    /// Whether its lease is good.
    package var isLive: Bool { if case .live = self { true } else { false } }
}

/// A front, on one host: there are a lease and a listing on each.
package struct FrontPlace: Sendable, Hashable {
    package let front: FrontName
    package let host: Int

    package init(_ front: FrontName, on host: Int) {
        self.front = front
        self.host = host
    }
}
