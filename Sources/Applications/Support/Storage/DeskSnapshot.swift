public import ChannelLayers

/// The whole desk at one moment.
public struct DeskSnapshot: Sendable, Hashable {
    /// One who waits.
    public struct Waiting: Sendable, Hashable {
        /// The customer.
        public let customer: UserName
        /// The place in the queue: when the customer came, in microseconds since 1970; for one who was put at the head,
        /// a number before that of whoever was there.
        public let order: Int

        /// Makes one who waits.
        ///
        /// - Parameters:
        ///   - customer: The customer.
        ///   - order: The order number.
        public init(_ customer: UserName, order: Int) {
            self.customer = customer
            self.order = order
        }
    }

    /// One who talks.
    public struct Talk: Sendable, Hashable {
        /// The customer.
        public let customer: UserName
        /// The staff member.
        public let staff: UserName
        /// When it began, in microseconds since 1970.
        public let began: Int

        /// Makes one who talks.
        ///
        /// - Parameters:
        ///   - customer: The customer.
        ///   - staff: The staff member.
        ///   - began: When it began, in microseconds since 1970.
        public init(_ customer: UserName, with staff: UserName, began: Int) {
            self.customer = customer
            self.staff = staff
            self.began = began
        }
    }

    /// Grows with every change, also over a loss of everything that the store held.
    public let version: Int
    /// Who waits, the head of the queue first.
    public let waiting: [Waiting]
    /// Who talks, whoever was taken first first.
    public let talks: [Talk]
    /// The staff members who are there, by name.
    public let staff: [UserName]
    /// The talking customers who are gone and may come back.
    public let away: Set<UserName>

    /// Makes a snapshot.
    ///
    /// - Parameters:
    ///   - version: The version.
    ///   - waiting: Who waits, the head of the queue first.
    ///   - talks: Who talks; in any order.
    ///   - staff: The staff members who are there; in any order.
    ///   - away: The talking customers who are gone.
    public init(version: Int, waiting: [Waiting], talks: [Talk], staff: [UserName], away: Set<UserName>) {
        self.version = version
        self.waiting = waiting
        self.talks = talks.sorted { ($0.began, $0.customer.rawValue) < ($1.began, $1.customer.rawValue) }
        self.staff = staff.sorted { $0.rawValue < $1.rawValue }
        self.away = away
    }
}
