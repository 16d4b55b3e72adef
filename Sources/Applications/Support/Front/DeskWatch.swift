import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Synchronization

/// Keeps the leases of a front's connections at the desk, and what they were told of it.
final class DeskWatch: Sendable {
    let desk: any SupportDesk
    private let attendance = Mutex(DeskAttendance())
    private let telling = Mutex(DeskTelling())
    private let logger: Logger
    private let limiter = LogLimiter()

    /// How long a front waits between two times that it tells.
    static let tellingInterval = Duration.milliseconds(100)

    init(desk: any SupportDesk, logger: Logger) {
        self.desk = desk
        self.logger = logger
    }

    // MARK: - Who is here

    /// As long as it is held, a connection's leases are renewed.
    final class Attending: Sendable {
        private let end: @Sendable () -> Void

        fileprivate init(end: @escaping @Sendable () -> Void) { self.end = end }

        deinit { end() }
    }

    func attend(customer name: UserName) -> Attending {
        attendance.withLock { $0.customerCame(name) }
        return Attending { [self] in attendance.withLock { $0.customerWent(name) } }
    }

    func attend(staff name: UserName) -> Attending {
        attendance.withLock { $0.staffCame(name) }
        return Attending { [self] in attendance.withLock { $0.staffWent(name) } }
    }

    // MARK: - What the connections are told

    /// What they were told last.
    var view: DeskView? { attendance.withLock(\.view) }

    /// What those have been told who know the desk up to before a version.
    func mark(before version: Int) -> DeskView.Mark {
        DeskView.Mark(age: attendance.withLock(\.age), version: version - 1)
    }

    /// The connections hear of a snapshot: the first works it out for all.
    ///
    /// - Returns: The newest; `nil` if there is none yet.
    func take(_ message: Message) throws -> DeskView? {
        try attendance.withLock { attendance in
            let version = DeskSnapshot.version(of: message) ?? .min
            if version > attendance.view?.version ?? .min, let snapshot = DeskSnapshot(message) {
                attendance.take(try DeskView(snapshot, age: attendance.age))
            }
            return attendance.view
        }
    }

    /// Has the desk read and told, at once or soon after the last time; what fails is done with the next round.
    func tell(_ audience: DeskTelling.Audience, on layer: any ChannelLayer) {
        guard let first = telling.withLock({ $0.ask(audience) }) else { return }
        Task {
            var next: DeskTelling.Audience? = first
            while let audience = next {
                do {
                    let message = try await desk.snapshot().message
                    switch audience {
                    case .here: layer.localGroupSend(message, to: SupportFront.group)
                    case .everyone: try await layer.groupSend(message, to: SupportFront.group)
                    }
                    // A whole desk to all fronts costs something: many changes are told together.
                    try await Task.sleep(for: Self.tellingInterval)
                    next = telling.withLock { $0.told() }
                } catch {
                    failed(error)
                    telling.withLock { $0.failed(audience) }
                    next = nil
                }
            }
        }
    }

    /// Whether a customer who is not on a snapshot is done; one who was lost is brought back instead.
    func isDone(_ customer: UserName, on layer: any ChannelLayer) async throws(ChannelLayerError) -> Bool {
        let (isEnded, claim) = attendance.withLock { ($0.isEnded(customer), $0.claim(of: customer)) }
        if isEnded { return true }
        let renewal = try await desk.renew([claim], staff: [])
        attendance.withLock { $0.ended(renewal.ended) }
        if renewal.hasChanged { tell(.everyone, on: layer) }
        return !renewal.ended.isEmpty
    }

    // MARK: - Each round

    /// Renews the leases, clears up after those of other fronts, and has told what was not heard.
    func round(on layer: any ChannelLayer) async {
        do {
            var hasChanged = false
            for call in attendance.withLock(\.renewals) {
                let renewal = try await desk.renew(call.customers, staff: call.staff)
                attendance.withLock { $0.ended(renewal.ended) }
                hasChanged = hasChanged || renewal.hasChanged
            }
            let known = view?.version ?? 0
            let sweep = try await desk.sweep()
            if attendance.withLock({ $0.compare(known, with: sweep.version) }) {
                SupportMetrics.failures.increment()
                logger.warning(
                    """
                    customer service's desk was known with a greater version than its store has: what the connections \
                    know is read anew; look who else writes asgi:{support}:… keys or sends to the group support
                    """,
                    metadata: ["known": "\(known)", "stored": "\(sweep.version)"]
                )
            }
            if hasChanged || sweep.hasChanged {
                tell(.everyone, on: layer)
            } else if let owed = telling.withLock(\.owed) {
                tell(owed, on: layer)
            } else if sweep.version > view?.version ?? 0 {
                tell(.here, on: layer)
            }
            await note(sweep, on: layer)
        } catch {
            failed(error)
        }
    }

    /// Writes into the conversations what the sweep did.
    private func note(_ sweep: DeskSweep, on layer: any ChannelLayer) async {
        for talk in sweep.abandoned {
            SupportMetrics.abandoned.increment()
            await record(.staffGone, by: talk.staff, with: talk.customer, on: layer)
        }
        for talk in sweep.ended {
            await record(.ended, by: talk.customer, with: talk.customer, on: layer)
        }
    }

    /// Writes into a conversation what the desk has done; it is done even if that fails.
    func record(
        _ event: SupportTalk.Event,
        by name: UserName,
        with customer: UserName,
        on layer: any ChannelLayer
    ) async {
        do {
            try await SupportTalk.record(event, by: name, with: customer, on: layer)
        } catch {
            SupportMetrics.unrecorded.increment()
            guard let held = limiter.admit() else { return }
            logger.warning(
                "a conversation's transcript lacks what happened",
                metadata: ["event": "\(event.rawValue)", "error": "\(error)", "held_back": "\(held)"]
            )
        }
    }

    /// Counts a call of the desk that failed, and says so if nobody else does.
    func failed(_ error: any Error) {
        SupportMetrics.failures.increment()
        // Of a server that is away the layer itself tells.
        if let error = error as? ChannelLayerError, error.code == .unavailable { return }
        guard let held = limiter.admit() else { return }
        logger.warning(
            "customer service's desk cannot be kept: customers may be lost until this ends",
            metadata: ["error": "\(error)", "held_back": "\(held)"]
        )
    }
}
