/// What this process knows of its lease on one host.
struct LeaseState: Sendable {
    /// How Redis found the lease when it renewed it; `renew_lease.lua` spells the same words.
    enum Finding: String, Sendable, CaseIterable {
        /// It was held without a break.
        case held
        /// It was not: others may be removing this process' members.
        case lapsed
        /// They have removed them.
        case reaped
        /// Redis does not know this process.
        case new
    }

    /// One try to renew it: over which connection, and begun when.
    struct Attempt: Sendable {
        let connection: Int
        let start: ContinuousClock.Instant
    }

    private enum Phase {
        /// It was never taken. Goes to `held`.
        case none
        /// It was renewed by an attempt that began then. It is never given back but with the end of the process.
        case held(ContinuousClock.Instant)
    }

    /// At the latest after so many more answers of a replica the connections are made anew again.
    private static let rarest = 16

    private let lease: Duration
    private let heartbeat: Duration
    /// How long the others may take to renew their leases, once Redis is reached again.
    private let patience: Duration
    private var phase = Phase.none
    private var connection = 0
    private var confirmedConnection: Int?
    private var refusedConnection: Int?
    private var refusal: String?
    /// How many heartbeats in a row a replica has refused.
    private var readOnlyAnswers = 0
    private var reapsFrom: ContinuousClock.Instant?

    /// Makes one that was never taken.
    ///
    /// - Parameters:
    ///   - lease: How long it is good for.
    ///   - heartbeat: How often it is renewed.
    ///   - longestPause: How long a process may wait before it tries again to connect.
    init(lease: Duration, heartbeat: Duration, longestPause: Duration) {
        self.lease = lease
        self.heartbeat = heartbeat
        patience = min(lease, heartbeat + longestPause)
    }

    /// Whether it was renewed over the connection that there is now.
    var isConfirmed: Bool { confirmedConnection == connection }

    /// Whether members may be written: the lease is held, as far as can be known here.
    ///
    /// Not over a new connection, nor after this process has stopped for longer than a lease, before a heartbeat has said
    /// how the lease was: whoever clears up after this process may not have noticed yet that it is back. Where Redis
    /// refuses the lease it is left to refuse what is written, too, so that those who join are told.
    func mayWrite(now: ContinuousClock.Instant) -> Bool {
        if refusal != nil, refusedConnection == connection { return true }
        guard isConfirmed, case .held(let last) = phase else { return false }
        return last.duration(to: now) <= lease
    }

    /// The connection was lost, or there is a new one.
    mutating func connectionChanged() {
        connection += 1
    }

    /// An attempt to renew it begins.
    func attempt(now: ContinuousClock.Instant) -> Attempt {
        Attempt(connection: connection, start: now)
    }

    /// Redis has renewed it.
    ///
    /// - Parameters:
    ///   - finding: How it was until then.
    ///   - isAsked: Whether somebody wants everything written again.
    ///   - attempt: The attempt that this is the answer to.
    /// - Returns: Why Redis has to be made to agree again; `nil` if it does not.
    mutating func renewed(_ finding: Finding, isAsked: Bool, attempt: Attempt) -> ReconcileReason? {
        let isFirst = attempt.connection == connection && !isConfirmed
        if isFirst { wait(until: attempt.start + patience) }
        defer {
            phase = .held(attempt.start)
            refusal = nil
            readOnlyAnswers = 0
            // The answer to an attempt over an older connection says nothing of what went over this one.
            if attempt.connection == connection { confirmedConnection = connection }
        }
        switch finding {
        case .reaped:
            return .reaped
        case .lapsed:
            wait(until: attempt.start + lease)
            return .leaseLapsed
        case .new:
            if case .held = phase { return .emptied }
            return .connected
        case .held:
            // An answer was lost that might have said that it had lapsed.
            if case .held(let last) = phase, last.duration(to: attempt.start) > lease {
                wait(until: attempt.start + lease)
                return .leaseLapsed
            }
            if isAsked { return .asked }
            return attempt.connection == connection && isConfirmed ? nil : .connected
        }
    }

    private mutating func wait(until time: ContinuousClock.Instant) {
        reapsFrom = max(time, reapsFrom ?? time)
    }

    /// Whether this process may take others for dead.
    ///
    /// What kept it from Redis has probably kept the others, too, and they are about to come back. So over a new
    /// connection it waits as long as their next attempts to connect may take, even if its own lease was held throughout:
    /// theirs may have been nearer to their ends. After its own lease has lapsed it waits as long as one.
    func mayReap(now: ContinuousClock.Instant) -> Bool {
        guard isConfirmed, let reapsFrom else { return false }
        return now >= reapsFrom
    }

    /// Redis did not renew it, and said why.
    ///
    /// - Parameters:
    ///   - text: What it said.
    ///   - attempt: The attempt that this is the answer to.
    /// - Returns: Whether to make all connections anew: it has become a replica, and its address, a name or a virtual one,
    ///   may be another's by now. After two such answers, then ever more rarely: a new connection may miss messages.
    mutating func refused(_ text: String, attempt: Attempt) -> Bool {
        refusal = text
        if attempt.connection == connection { refusedConnection = connection }
        readOnlyAnswers = text.hasPrefix("READONLY") ? readOnlyAnswers + 1 : 0
        let isPowerOfTwo = readOnlyAnswers & (readOnlyAnswers - 1) == 0
        return readOnlyAnswers >= 2 && (isPowerOfTwo || readOnlyAnswers % Self.rarest == 0)
    }

    /// Why this process cannot count on its members being left alone; `nil` if it can.
    func fault(now: ContinuousClock.Instant) -> String? {
        guard case .held(let last) = phase else {
            return refusal.map { "Redis refuses the lease: \($0)" } ?? "lease: not taken yet"
        }
        if let refusal { return "Redis refuses the lease: \(refusal)" }
        let age = last.duration(to: now)
        if age > lease { return "lease lapsed: the last heartbeat that Redis took is \(age.components.seconds) s ago" }
        // Half a heartbeat early, as the next one may not come either; a whole one might be all that there is.
        if age > lease - heartbeat / 2 { return "lease about to lapse: heartbeats are late" }
        return nil
    }
}
