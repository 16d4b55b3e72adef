/// Whether what is published on one host comes back to this process: probes that were sent, and probes that were heard.
///
/// Pure. One connection publishes the probes and one hears them, each in order: when a later one is heard, an earlier
/// one that Redis had taken is lost, and messages may be lost with it. One that is merely late cost nobody anything.
struct RelayHearing: Sendable {
    private struct Probe {
        let serial: UInt64
        var sent: ContinuousClock.Instant
        /// Whether Redis has said that it published it.
        var isTaken = false
        var isCounted = false
    }

    /// What to do now.
    struct Visit: Equatable {
        enum Step: Equatable {
            /// Publish a probe with this number.
            case send(UInt64)
            /// Nothing has come for so long, though Redis takes what is published: only a new connection can help.
            case reconnect(silence: Duration)
        }

        let step: Step
        /// How many probes are overdue that were not when this was asked last.
        let newlyOverdue: Int
    }

    /// What a probe that came back tells.
    struct Heard: Equatable {
        let roundTrip: Duration
        /// For how long at most messages were missed; `nil` if none were.
        let missed: Duration?
    }

    /// How long a probe may take.
    let limit: Duration
    /// Those that have not come back, oldest first; a handful at most.
    private var probes: [Probe] = []
    private var lastSerial: UInt64 = 0
    private var lastVisit: ContinuousClock.Instant?
    private var lastHeard: ContinuousClock.Instant?
    /// Whether a probe has come back since the connection was made.
    private(set) var isProven = false

    init(limit: Duration) {
        self.limit = limit
    }

    // MARK: - Probes

    /// Decides what to do, every now and then while there is a connection.
    mutating func visit(at now: ContinuousClock.Instant) -> Visit {
        if let lastVisit, lastVisit + limit * 2 < now {
            // This process itself was stopped: what has come meanwhile has yet to be looked at.
            for index in probes.indices { probes[index].sent = now }
        }
        lastVisit = now
        var newlyOverdue = 0
        for index in probes.indices where !probes[index].isCounted && probes[index].sent + limit <= now {
            probes[index].isCounted = true
            newlyOverdue += 1
        }
        if let oldest = probes.first(where: \.isTaken), oldest.sent + limit * 3 <= now {
            probes.removeAll()
            return Visit(step: .reconnect(silence: oldest.sent.duration(to: now)), newlyOverdue: newlyOverdue)
        }
        lastSerial += 1
        probes.append(Probe(serial: lastSerial, sent: now))
        return Visit(step: .send(lastSerial), newlyOverdue: newlyOverdue)
    }

    /// Redis has published a probe.
    mutating func taken(_ serial: UInt64) {
        guard let index = probes.firstIndex(where: { $0.serial == serial }) else { return }
        probes[index].isTaken = true
    }

    /// A probe could not be published: that it does not come says nothing.
    mutating func failed(_ serial: UInt64) {
        probes.removeAll { $0.serial == serial }
    }

    /// A probe has come back; `nil` if it is none that is waited for.
    mutating func heard(_ serial: UInt64, at now: ContinuousClock.Instant) -> Heard? {
        guard let index = probes.firstIndex(where: { $0.serial == serial }) else { return nil }
        let roundTrip = probes[index].sent.duration(to: now)
        let hasLost = probes[..<index].contains(where: \.isTaken)
        let since = lastHeard ?? probes[0].sent
        probes.removeSubrange(...index)
        lastHeard = now
        isProven = true
        return Heard(roundTrip: roundTrip, missed: hasLost ? since.duration(to: now) : nil)
    }

    /// How long ago the probe was sent that should have come back by now; `nil` if none should have.
    func overdue(at now: ContinuousClock.Instant) -> Duration? {
        guard let oldest = probes.first, oldest.sent + limit <= now else { return nil }
        return oldest.sent.duration(to: now)
    }

    // MARK: - The connection

    /// The connection is gone, and with it what it would have brought.
    mutating func lost(at now: ContinuousClock.Instant) {
        probes.removeAll()
        isProven = false
        if lastHeard == nil { lastHeard = now }
    }

    /// There is a new connection with all subscriptions; returns for how long at most messages were missed.
    mutating func restored(at now: ContinuousClock.Instant) -> Duration {
        probes.removeAll()
        defer { lastHeard = now }
        return lastHeard?.duration(to: now) ?? .zero
    }
}
