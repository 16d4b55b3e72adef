import ChannelLayers

/// Who of a front's connections is at the desk, and what the front last heard of it.
struct DeskAttendance: Sendable {
    private struct Customer {
        var connections = 0
        var claim: DeskClaim
        /// The wait or talk was ended, so that nobody brings it back.
        var isEnded = false
    }

    /// How many leases one call renews.
    static let batch = 200

    private var customers: [UserName: Customer] = [:]
    private var staff: [UserName: Int] = [:]
    /// The newest that this front's connections were told.
    private(set) var view: DeskView?
    /// Grows whenever a view is forgotten, so that the next one is told though its version is less.
    private(set) var age = 0
    /// Whether the store's version was less than the view's in the last round.
    private var wasBehind = false

    // MARK: - Connections

    mutating func customerCame(_ name: UserName) {
        var customer = customers[name] ?? Customer(claim: view?.claim(of: name) ?? DeskClaim(name))
        if customer.isEnded { customer = Customer(connections: customer.connections, claim: DeskClaim(name)) }
        customer.connections += 1
        customers[name] = customer
    }

    mutating func customerWent(_ name: UserName) {
        customers[name]?.connections -= 1
        if customers[name]?.connections == 0 { customers[name] = nil }
    }

    mutating func staffCame(_ name: UserName) {
        staff[name, default: 0] += 1
    }

    mutating func staffWent(_ name: UserName) {
        staff[name, default: 1] -= 1
        if staff[name] == 0 { staff[name] = nil }
    }

    // MARK: - The desk

    /// The front's connections are told of a snapshot; an older one than before is let go.
    mutating func take(_ newer: DeskView) {
        guard newer.version > view?.version ?? .min else { return }
        view = newer
        for (name, customer) in customers {
            // Who is not in it may have been lost with all that the store held: the claim before is the one to renew.
            guard let claim = newer.claim(of: name), claim != customer.claim || customer.isEnded else { continue }
            customers[name]?.claim = claim
            customers[name]?.isEnded = false
        }
    }

    /// A round began with a view of one version, and the store has another.
    ///
    /// If it is less twice running, no change could be told for long: the view is forgotten then.
    ///
    /// - Parameters:
    ///   - known: The view's version before the store was asked.
    ///   - stored: The store's version.
    /// - Returns: Whether the view was forgotten.
    mutating func compare(_ known: Int, with stored: Int) -> Bool {
        let isBehind = stored < known
        defer { wasBehind = isBehind && !wasBehind }
        guard isBehind, wasBehind else { return false }
        view = nil
        age += 1
        return true
    }

    mutating func ended(_ names: [UserName]) {
        for name in names { customers[name]?.isEnded = true }
    }

    func isEnded(_ name: UserName) -> Bool { customers[name]?.isEnded ?? true }

    func claim(of name: UserName) -> DeskClaim { customers[name]?.claim ?? DeskClaim(name) }

    /// Whose leases are to be renewed, a call's worth each.
    var renewals: [(customers: [DeskClaim], staff: [UserName])] {
        let claims = customers.values.filter { !$0.isEnded }.map(\.claim)
        let names = Array(staff.keys)
        return stride(from: 0, to: max(claims.count, names.count), by: Self.batch).map { start in
            (Array(claims.dropFirst(start).prefix(Self.batch)), Array(names.dropFirst(start).prefix(Self.batch)))
        }
    }
}
