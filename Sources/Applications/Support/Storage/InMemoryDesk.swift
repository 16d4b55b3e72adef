public import ChannelLayers
import FoundationEssentials
import Synchronization

/// The desk of a front that is alone.
public final class InMemoryDesk: SupportDesk {
    private let state: Mutex<DeskState>
    private let now: @Sendable () -> Int

    /// Makes an empty desk.
    ///
    /// - Parameter limits: How large it is, and how long it waits for those who are gone.
    public convenience init(_ limits: DeskLimits = DeskLimits()) {
        self.init(limits) { Int(Date.now.timeIntervalSince1970 * 1_000_000) }
    }

    /// Makes an empty desk with a clock of microseconds since 1970.
    init(_ limits: DeskLimits, now: @escaping @Sendable () -> Int) {
        state = Mutex(DeskState(limits))
        self.now = now
    }

    /// A customer has come, or is back.
    public func enter(_ customer: UserName) async -> DeskEntry {
        state.withLock { $0.enter(customer, now: now()) }
    }

    /// Renews leases.
    public func renew(_ customers: [DeskClaim], staff: [UserName]) async -> DeskRenewal {
        state.withLock { $0.renew(customers, staff: staff, now: now()) }
    }

    /// Takes the head of the queue.
    public func takeNext(for staff: UserName) async -> DeskTaking {
        state.withLock { $0.takeNext(for: staff, now: now()) }
    }

    /// Takes one customer.
    public func take(_ customer: UserName, for staff: UserName) async -> DeskTaking {
        state.withLock { $0.take(customer, for: staff, now: now()) }
    }

    /// Hands a talk over.
    public func handOver(_ customer: UserName, from staff: UserName, to other: UserName) async -> DeskHandOver {
        state.withLock { $0.handOver(customer, from: staff, to: other, now: now()) }
    }

    /// Ends a talk.
    public func end(_ customer: UserName, by staff: UserName) async -> Bool {
        state.withLock { $0.end(customer, by: staff, now: now()) }
    }

    /// Takes a customer out who wants no longer.
    public func leave(_ customer: UserName) async -> UserName? {
        state.withLock { $0.leave(customer, now: now()) }
    }

    /// Clears up after those whose leases have lapsed.
    public func sweep() async -> DeskSweep {
        state.withLock { $0.sweep(now: now()) }
    }

    /// Reads the whole desk.
    public func snapshot() async -> DeskSnapshot {
        state.withLock(\.snapshot)
    }
}
