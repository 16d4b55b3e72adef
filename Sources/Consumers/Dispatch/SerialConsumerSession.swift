import ChannelLayers
import CoreMetrics
import Logging
import Synchronization

/// The session of one consumer value.
///
/// A task exists only while there are events to handle.
final class SerialConsumerSession<C: Consumer>: ConsumerSession {
    private struct State {
        /// `nil` while an event is being handled: whoever handles it holds the consumer.
        var consumer: C?
        var waiting = EventQueue()
        var resume: (@Sendable () -> Void)?
        /// What handles events now; `nil` while none does, and up to its first suspension.
        var task: Task<Void, Never>?
        /// How many tasks there were.
        var tasks = 0
        /// Whether `look` will be called.
        var isWatched = false
        /// Whether the connection has ended, whether or not the consumer has heard of it yet.
        var hasEnded = false
    }

    /// The consumer type's name, for logs.
    private let name: String
    private let connection: Connection
    private let executor: (any TaskExecutor)?
    private let limit: ConsumerTimeLimit?
    private let watch: HandlerWatch?
    private let logger: Logger
    private let state: Mutex<State>

    init(
        consumer: C,
        name: String,
        connection: Connection,
        executor: (any TaskExecutor)?,
        limit: ConsumerTimeLimit?,
        logger: Logger
    ) {
        let watch = limit.map { _ in HandlerWatch() }
        self.connection = connection.watched(by: watch, logger: logger)
        self.name = name
        self.executor = executor
        self.limit = limit
        self.watch = watch
        self.logger = logger
        state = Mutex(State(consumer: consumer))
    }

    func deliver(_ event: ConsumerEvent) -> SessionPressure {
        let (consumer, pressure): (C?, SessionPressure) = state.withLock { state in
            if case .disconnected = event { state.hasEnded = true }
            guard let consumer = state.consumer else { return (nil, state.waiting.append(event)) }
            // Let go of by a handler that threw or took too long: only the end matters.
            if state.waiting.isAbandoned {
                guard case .disconnected = event else { return (nil, .open) }
            }
            state.consumer = nil
            return (consumer, .open)
        }
        if let consumer { start(consumer, from: event) }
        return pressure
    }

    func onDrained(_ resume: @escaping @Sendable () -> Void) {
        state.withLock { state in state.resume = resume }
    }

    // MARK: - Handling

    private func start(_ consumer: C, from event: ConsumerEvent) {
        let number = state.withLock { state in
            state.tasks += 1
            return state.tasks
        }
        // Runs on this thread up to the first suspension: an event whose handler does not suspend costs no hop.
        let task = Task.immediate(executorPreference: executor) { await run(consumer, from: event) }
        guard let limit, let watch else { return }
        let wantsLook = state.withLock { state in
            guard state.consumer == nil, state.tasks == number else { return false }
            // It has suspended. Up to here it took no time to speak of.
            state.task = task
            watch.start()
            defer { state.isWatched = true }
            return !state.isWatched
        }
        if wantsLook { limit.watch(self, limit.nextLook(now: .now, left: limit.duration)) }
    }

    private func run(_ consumer: C, from first: ConsumerEvent) async {
        var consumer = consumer
        var event = first
        while true {
            if await !handle(event, with: &consumer) {
                let resume = state.withLock { state in state.waiting.abandon() ? state.resume : nil }
                resume?()
            }
            let next = state.withLock { state -> Next in
                watch?.stop()
                guard let (next, hasRoomAgain) = state.waiting.popFirst() else {
                    state.consumer = consumer
                    state.task = nil
                    return .nothing
                }
                // This task may be cancelled.
                if state.waiting.isAbandoned { return .inNewTask(next) }
                if state.task != nil { watch?.start() }
                return .event(next, resume: hasRoomAgain ? state.resume : nil)
            }
            switch next {
            case .nothing:
                return
            case .inNewTask(let next):
                start(consumer, from: next)
                return
            case .event(let next, let resume):
                resume?()
                event = next
            }
        }
    }

    private enum Next {
        case nothing
        case event(ConsumerEvent, resume: (@Sendable () -> Void)?)
        case inNewTask(ConsumerEvent)
    }

    /// Returns whether the consumer goes on: one that threw hears of the end alone.
    private func handle(_ event: ConsumerEvent, with consumer: inout C) async -> Bool {
        do {
            switch event {
            case .connected: try await consumer.connected(connection)
            case .text(let text): try await consumer.received(text, on: connection)
            case .binary(let bytes): try await consumer.received(bytes, on: connection)
            case .message(let message): try await consumer.received(message, on: connection)
            case .gap(let groups): try await consumer.gap(in: groups, on: connection)
            case .answered(let mark): try await consumer.answered(mark, on: connection)
            case .disconnected(let code): try await consumer.disconnected(connection, code: code)
            }
            return true
        } catch let closing as Closing {
            connection.close(closing.code, reason: closing.reason)
        } catch let error as ChannelLayerError where error.code == .closed {
            // The client left before its join was acknowledged: nobody failed.
            connection.close(.internalError)
        } catch is CancellationError where Task.isCancelled {
            // It took too long, which was told when it was cancelled.
        } catch {
            ConsumerMetrics.failures.increment()
            if let held = ConsumerMetrics.failureLog.admit() {
                logger.warning(
                    "consumer failed, closing its connection",
                    metadata: metadata.merging(["error": "\(error)", "held_back": "\(held)"]) { $1 }
                )
            }
            // The client cannot know otherwise that it only has to come back.
            let isAway = (error as? ChannelLayerError)?.code == .unavailable
            connection.close(isAway ? .tryAgainLater : .internalError)
        }
        return false
    }

    private var metadata: Logger.Metadata {
        ["consumer": "\(name)", "channel": "\(connection.channel)", "path": "\(connection.scope.path)"]
    }

    // MARK: - Time

    private enum Finding {
        case idle
        case later(ContinuousClock.Instant)
        case tooLong(Task<Void, Never>?, hasEnded: Bool, resume: (@Sendable () -> Void)?)
    }

    func look(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let limit, let watch else { return nil }
        let finding = state.withLock { state -> Finding in
            guard state.consumer == nil else {
                state.isWatched = false
                return .idle
            }
            let left = limit.duration - watch.used(now: now)
            // While it waits to join a group no time passes: before this it cannot be over.
            guard left <= .zero else { return .later(limit.nextLook(now: now, left: left)) }
            state.isWatched = false
            watch.stop()
            let resume = state.waiting.abandon() ? state.resume : nil
            return .tooLong(state.task.take(), hasEnded: state.hasEnded, resume: resume)
        }
        switch finding {
        case .idle:
            return nil
        case .later(let instant):
            return instant
        case .tooLong(let task, let hasEnded, let resume):
            tellTooLong(hasEnded: hasEnded, limit)
            // Before the handler may go on: what it still does finds the connection closed.
            if !hasEnded { connection.close(.internalError, reason: "the server took too long") }
            task?.cancel()
            resume?()
            return nil
        }
    }

    private func tellTooLong(hasEnded: Bool, _ limit: ConsumerTimeLimit) {
        (hasEnded ? ConsumerMetrics.timeoutsAfterEnd : ConsumerMetrics.timeouts).increment()
        let log = hasEnded ? ConsumerMetrics.timeoutAfterEndLog : ConsumerMetrics.timeoutLog
        guard let held = log.admit() else { return }
        let details: Logger.Metadata = ["limit_seconds": "\(limit.duration / .seconds(1))", "held_back": "\(held)"]
        logger.warning(
            hasEnded
                ? "consumer takes too long although its connection has ended, cancelling it"
                : "consumer takes too long for one event, closing its connection",
            metadata: metadata.merging(details) { $1 }
        )
    }
}
