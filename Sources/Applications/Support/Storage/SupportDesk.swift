public import ChannelLayers

/// The desk of customer service: who waits, who talks with whom, and who is there.
///
/// A customer waits, talks with one staff member, or is not at the desk; never two of these. Those who are connected
/// hold leases, which their fronts renew: whoever is gone without a word is noticed when the lease lapses, so that a
/// reload of a page or the death of a front loses nothing. Every change of what `snapshot` tells raises its version.
///
/// All calls are safe from any thread and take effect in one step each. They throw `.unavailable` when the store's
/// server cannot be reached, and `.refused` when it answers with an error; the call may then have taken effect or not.
public protocol SupportDesk: Sendable {
    /// A customer has come, or is back.
    ///
    /// Who talks, talks on; who waits keeps the place; everybody else goes to the end of the queue. A customer whose
    /// staff member went while the customer was away too goes to the head.
    ///
    /// - Parameter customer: The customer, who gets a lease.
    /// - Returns: Where the customer is.
    /// - Throws: `ChannelLayerError`.
    func enter(_ customer: UserName) async throws(ChannelLayerError) -> DeskEntry

    /// Renews the leases of those who are connected; one call for many.
    ///
    /// A customer who is not at the desk though it did not end (the store was emptied, or the lease has lapsed) goes
    /// back to where the claim says. One whose talk or wait was ended stays away until the next `enter`.
    ///
    /// - Parameters:
    ///   - customers: At most 200 customers, and where their front last saw them.
    ///   - staff: At most 200 staff members.
    /// - Returns: Which of the customers are not at the desk any longer.
    /// - Throws: `ChannelLayerError`.
    func renew(_ customers: [DeskClaim], staff: [UserName]) async throws(ChannelLayerError) -> DeskRenewal

    /// Takes the customer who waits at the head of the queue.
    ///
    /// - Parameter staff: Who takes; its lease is renewed.
    /// - Returns: Whom, if anybody.
    /// - Throws: `ChannelLayerError`; then the customer may have been taken, which the snapshot shows.
    func takeNext(for staff: UserName) async throws(ChannelLayerError) -> DeskTaking

    /// Takes one customer out of the queue; of two who want the same one gets it.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - staff: Who takes; its lease is renewed. One who has the customer already keeps it.
    /// - Returns: Whether it is so.
    /// - Throws: `ChannelLayerError`.
    func take(_ customer: UserName, for staff: UserName) async throws(ChannelLayerError) -> DeskTaking

    /// Hands a talk over to another staff member who is there.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - staff: Who has the talk.
    ///   - other: Who gets it.
    /// - Returns: Whether it is so.
    /// - Throws: `ChannelLayerError`.
    func handOver(
        _ customer: UserName,
        from staff: UserName,
        to other: UserName
    ) async throws(ChannelLayerError) -> DeskHandOver

    /// Ends a talk.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - staff: Who has the talk.
    /// - Returns: Whether that staff member had it.
    /// - Throws: `ChannelLayerError`.
    func end(_ customer: UserName, by staff: UserName) async throws(ChannelLayerError) -> Bool

    /// A customer wants no longer: out of the queue, or the end of the talk.
    ///
    /// - Parameter customer: The customer.
    /// - Returns: With whom the customer has talked; `nil` if there was no talk.
    /// - Throws: `ChannelLayerError`.
    func leave(_ customer: UserName) async throws(ChannelLayerError) -> UserName?

    /// Clears up after those whose leases have lapsed; any front may call it at any time.
    ///
    /// Customers whose staff member is gone go to the head of the queue, whoever has been served longest first. Waiting
    /// customers who are gone leave the queue. Talking customers who are gone are away, and after a while their talk
    /// ends. A call does a bounded amount; what is left is done by the next.
    ///
    /// If nobody has called the desk for as long as a lease (its server was away), no lease counts as lapsed for another:
    /// the first front that is back does not take the others' connections for gone.
    ///
    /// - Returns: What it did.
    /// - Throws: `ChannelLayerError`.
    func sweep() async throws(ChannelLayerError) -> DeskSweep

    /// Reads the whole desk.
    ///
    /// - Returns: The desk.
    /// - Throws: `ChannelLayerError`.
    func snapshot() async throws(ChannelLayerError) -> DeskSnapshot
}

/// How large a desk is, and how long it waits for those who are gone.
public struct DeskLimits: Sendable, Hashable {
    /// How long somebody who is not renewed counts as there.
    public let lease: Duration
    /// How long a talk waits for a customer who is gone, after the lease.
    public let away: Duration
    /// How many may wait, and how many may talk.
    ///
    /// Those who come back to the queue from talks that were abandoned do so even when it is full; waiting and talking
    /// together are never more than twice as many.
    public let places: Int

    /// Makes limits.
    ///
    /// - Parameters:
    ///   - lease: How long somebody who is not renewed counts as there.
    ///   - away: How long a talk waits for a customer who is gone.
    ///   - places: How many may wait, and how many may talk, at most 1,000: calls take time in their proportion.
    public init(lease: Duration = .seconds(8), away: Duration = .seconds(300), places: Int = 1000) {
        precondition(lease > .zero && away > .zero && (1...1000).contains(places), "a desk has 1 to 1000 places")
        self.lease = lease
        self.away = away
        self.places = places
    }
}
