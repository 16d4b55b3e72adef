public import ChannelLayers

/// Where a customer is who has come.
public struct DeskEntry: Sendable, Hashable {
    /// Where a customer may be.
    public enum Place: Sendable, Hashable {
        /// In the queue.
        case waiting
        /// In a talk with this staff member.
        case talking(UserName)
        /// Not at the desk: as many wait as may.
        case full
    }

    /// Where the customer is.
    public let place: Place
    /// The desk's version after that.
    public let version: Int
    /// Whether the desk has changed.
    public let hasChanged: Bool

    /// Makes an entry.
    ///
    /// - Parameters:
    ///   - place: Where the customer is.
    ///   - version: The desk's version after that.
    ///   - hasChanged: Whether the desk has changed.
    public init(_ place: Place, version: Int, hasChanged: Bool) {
        self.place = place
        self.version = version
        self.hasChanged = hasChanged
    }
}

/// A customer who is connected, and where its front last saw it.
public struct DeskClaim: Sendable, Hashable {
    /// The customer.
    public let customer: UserName
    /// With whom the customer talked; `nil` for one who waited.
    public let staff: UserName?
    /// The order number in the queue, or when the talk began; `nil` if the front has not seen it yet.
    public let order: Int?

    /// Makes a claim.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - staff: With whom the customer talked.
    ///   - order: The order number in the queue, or when the talk began.
    public init(_ customer: UserName, staff: UserName? = nil, order: Int? = nil) {
        self.customer = customer
        self.staff = staff
        self.order = order
    }
}

/// What a renewal found.
public struct DeskRenewal: Sendable, Hashable {
    /// The customers whose wait or talk was ended.
    public let ended: [UserName]
    /// The desk's version after the renewal.
    public let version: Int
    /// Whether the desk has changed: somebody is back, or new.
    public let hasChanged: Bool

    /// Makes the result.
    ///
    /// - Parameters:
    ///   - ended: The customers whose wait or talk was ended.
    ///   - version: The desk's version after the renewal.
    ///   - hasChanged: Whether the desk has changed.
    public init(ended: [UserName], version: Int, hasChanged: Bool) {
        self.ended = ended
        self.version = version
        self.hasChanged = hasChanged
    }
}

/// What became of the wish to take a customer.
public enum DeskTaking: Sendable, Hashable {
    /// The customer is in a talk with who wanted it.
    case taken(UserName)
    /// The same, and it was so before.
    case hadBefore(UserName)
    /// Another staff member has the customer.
    case hasAnother(UserName)
    /// The queue is empty, or the customer is not in it.
    case notWaiting
    /// As many talk as may.
    case full
}

/// What became of the wish to hand a talk over.
public enum DeskHandOver: Sendable, Hashable {
    /// The other has it.
    case done
    /// Who wanted to hand it over does not have it.
    case notYours
    /// The other is not there.
    case notThere
}

/// What a sweep did.
public struct DeskSweep: Sendable, Hashable {
    /// A customer and with whom it talked.
    public struct Talk: Sendable, Hashable {
        /// The customer.
        public let customer: UserName
        /// The staff member.
        public let staff: UserName

        /// Makes a talk.
        ///
        /// - Parameters:
        ///   - customer: The customer.
        ///   - staff: The staff member.
        public init(customer: UserName, staff: UserName) {
            self.customer = customer
            self.staff = staff
        }
    }

    /// The talks whose staff member is gone: the customers are at the head of the queue, or come there if they are back
    /// in time.
    public let abandoned: [Talk]
    /// The talks that ended because the customer did not come back.
    public let ended: [Talk]
    /// The desk's version after the sweep.
    public let version: Int
    /// Whether the desk has changed.
    public let hasChanged: Bool

    /// Makes the result.
    ///
    /// - Parameters:
    ///   - abandoned: The talks whose staff member is gone.
    ///   - ended: The talks whose customer did not come back.
    ///   - version: The desk's version after the sweep.
    ///   - hasChanged: Whether the desk has changed.
    public init(abandoned: [Talk], ended: [Talk], version: Int, hasChanged: Bool) {
        self.abandoned = abandoned
        self.ended = ended
        self.version = version
        self.hasChanged = hasChanged
    }
}
