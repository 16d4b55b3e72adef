import CoreMetrics
import Logging
import NIOCore

/// The half of a ``RedisSubscriber`` that lives on the event loop: carries out what ``SubscriptionStateMachine`` decides.
final class SubscriberCore {
    typealias Waiter = SubscriptionStateMachine.Waiter
    typealias Confirmation = CheckedContinuation<Result<Void, RedisError>, Never>

    private let address: RedisAddress
    private let eventLoop: any EventLoop
    private let board: StatusBoard
    private let link: RedisLink<SubscriptionCommand>
    private let logger: Logger
    private let maxWaiters: Int
    private let onPublication: @Sendable (RedisPublication) -> Void
    private let onInterruption: @Sendable (RedisInterruption) -> Void
    private var machine = SubscriptionStateMachine()
    private var confirmations: [Waiter: Confirmation] = [:]
    /// What was told last; `nil` before the first connection is complete.
    private var isInterrupted: Bool?
    private var isFlushScheduled = false
    private var isOver = false
    private var finished: CheckedContinuation<Bool, Never>?

    init(
        address: RedisAddress,
        configuration: RedisClientConfiguration,
        eventLoop: any EventLoop,
        board: StatusBoard,
        logger: Logger,
        onPublication: @escaping @Sendable (RedisPublication) -> Void,
        onInterruption: @escaping @Sendable (RedisInterruption) -> Void
    ) {
        self.address = address
        self.eventLoop = eventLoop
        self.board = board
        self.logger = logger
        self.onPublication = onPublication
        self.onInterruption = onInterruption
        maxWaiters = configuration.maxPendingCommands
        link = RedisLink(
            address: address,
            configuration: configuration,
            takesPublications: true,
            eventLoop: eventLoop,
            logger: logger
        )
        link.delegate = self
    }

    func start(_ connector: RedisConnector, finished: CheckedContinuation<Bool, Never>) {
        guard self.finished == nil else {
            finished.resume(returning: false)
            return
        }
        self.finished = finished
        if !link.start(connector) { finish(isFirst: false) }
    }

    func stop(_ ending: RedisLink<SubscriptionCommand>.Ending) {
        isOver = true
        link.stop(ending)
    }

    func reconnect(because reason: RedisError) {
        guard link.connection != nil else { return }
        link.reconnect(because: reason)
    }

    // MARK: Callers

    func subscribe(_ topics: [RedisTopic], waiter: Waiter, confirmation: Confirmation) {
        guard !isOver else {
            confirmation.resume(returning: .failure(RedisConnectionStateMachine<SubscriptionCommand>.shutDown))
            return
        }
        guard machine.waiterCount < maxWaiters else {
            let text =
                "\(maxWaiters) callers already wait for subscriptions at \(address.place); see why it is not ready"
            confirmation.resume(returning: .failure(RedisError(.overloaded, text)))
            return
        }
        switch machine.subscribe(topics, waiter: waiter) {
        case .resume:
            confirmation.resume(returning: .success(()))
        case .wait:
            confirmations[waiter] = confirmation
            scheduleFlush()
        }
    }

    func unsubscribe(_ topics: [RedisTopic]) {
        let action = machine.unsubscribe(topics)
        if action.becomeReady { becomeReady() }
        fail(action.fail, RedisError(.cancelled, "the topic was unsubscribed before Redis had confirmed it"))
        scheduleFlush()
    }

    func cancel(_ waiter: Waiter) {
        guard machine.cancel(waiter) else { return }
        fail([waiter], RedisError(.cancelled, "gave up waiting for a subscription at \(address.place)"))
    }

    // MARK: Private

    /// Topics that come within one turn of the event loop share commands.
    private func scheduleFlush() {
        guard machine.hasCommands, !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.assumeIsolated().execute { [weak self] in
            guard let self else { return }
            isFlushScheduled = false
            flush()
        }
    }

    private func flush() {
        guard let connection = link.connection else { return }
        let commands = machine.nextCommands()
        guard !commands.isEmpty else { return }
        do {
            let bytes = try RedisCommand.encoded(commands.map(\.command))
            connection.submit(
                commands.map { .init(request: $0, replyCount: $0.topics.count, endsAtError: true) },
                bytes: bytes
            )
        } catch {
            link.reconnect(because: error)
        }
    }

    private func take(_ answer: RedisAnswer<SubscriptionCommand>) {
        let replies: [RedisReply]
        switch answer.outcome {
        case .reply(let reply): replies = [reply]
        case .replies(let several): replies = several
        case .failure:
            // The connection is on its way out: what is wanted is sent again on the next one.
            return
        }
        let command = answer.request
        if command.isConfirmed(by: replies) {
            let action = machine.confirmed(command)
            // Status first: whoever is resumed may look at it.
            if action.becomeReady { becomeReady() }
            resume(action.resume)
        } else if replies.count == 1, case .error(let text) = replies[0] {
            denied(command, RedisError(reply: text, to: command.command.name))
        } else {
            let text = "\(address.place) answered \(command.command.name) in a way that Redis does not"
            link.reconnect(because: RedisError(.protocolViolation, text))
        }
    }

    private func denied(_ command: SubscriptionCommand, _ error: RedisError) {
        RedisMetrics.countErrors(error.code)
        switch machine.denied(command) {
        case .none, .retryOneByOne:
            break
        case .fail(let waiters, let topic, let becomeReady):
            logger.warning("\(error.message)", metadata: ["redis": "\(address.place)", "topic": "\(topic.name)"])
            if becomeReady { self.becomeReady() }
            fail(waiters, error)
        case .reconnect:
            link.reconnect(because: error)
        }
    }

    private func resume(_ waiters: [Waiter]) {
        for waiter in waiters { confirmations.removeValue(forKey: waiter)?.resume(returning: .success(())) }
    }

    private func fail(_ waiters: [Waiter], _ error: RedisError) {
        for waiter in waiters { confirmations.removeValue(forKey: waiter)?.resume(returning: .failure(error)) }
    }

    private func becomeReady() {
        // Before the status: whoever sees that may rely on what the interruption's end has brought about.
        switch isInterrupted {
        case nil: onInterruption(.begun)
        case true?: onInterruption(.restored)
        case false?: break
        }
        isInterrupted = false
        board.set(.ready)
    }

    private func finish(isFirst: Bool) {
        finished?.resume(returning: isFirst)
        finished = nil
    }
}

extension SubscriberCore: RedisLinkDelegate {
    func linkDidConnect(_ connection: RedisConnectionHandler<SubscriptionCommand>, isReconnect: Bool) {
        if isReconnect { RedisMetrics.subscriptionReconnects.increment() }
        switch machine.connected() {
        case .becomeReady: becomeReady()
        case .send: flush()
        }
    }

    func linkIsDown(because reason: RedisError, failing answers: [RedisAnswer<SubscriptionCommand>]) {
        machine.disconnected()
        if isInterrupted == false {
            isInterrupted = true
            onInterruption(.lost)
        }
        if reason.code != .shutDown { board.set(.unavailable(reason)) }
    }

    func linkDidAnswer(_ answers: [RedisAnswer<SubscriptionCommand>]) {
        for answer in answers { take(answer) }
        scheduleFlush()
    }

    func linkDidReceive(_ publication: RedisPublication) {
        // Redis goes on sending until it has seen the UNSUBSCRIBE.
        guard machine.isWanted(publication.topic) else { return }
        RedisMetrics.publications.increment()
        onPublication(publication)
    }

    func linkDidFinish() {
        isOver = true
        let error = RedisConnectionStateMachine<SubscriptionCommand>.shutDown
        fail(confirmations.keys.sorted(), error)
        board.set(.closed)
        finish(isFirst: true)
    }
}
