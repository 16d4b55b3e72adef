package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization

/// Subscriptions over a connection of their own, made again by itself after each loss.
///
/// What is wanted is kept here; Redis is made to agree. While the connection is down messages are lost, as pub/sub has
/// it: ``statusUpdates()`` tells of each gap.
package final class RedisSubscriber: Service, Sendable {
    private let address: RedisAddress
    private let configuration: RedisClientConfiguration
    private let eventLoop: any EventLoop
    private let board = StatusBoard()
    private let core: NIOLoopBoundBox<SubscriberCore>
    private let nextWaiter = Atomic<Int>(0)

    /// Makes a subscriber that does nothing until ``run()`` is called.
    ///
    /// - Parameters:
    ///   - address: Where Redis is; pub/sub knows no databases, so the address' one does not matter.
    ///   - configuration: Time limits and bounds; `maxPendingCommands` bounds how many callers wait in ``subscribe(_:)``.
    ///   - eventLoop: Carries the connection; of a `MultiThreadedEventLoopGroup`.
    ///   - logger: For connections made and lost, and for denied topics.
    ///   - onPublication: Called on the event loop for each message on a wanted topic, in the order of their arrival. It
    ///     holds up everything else on that loop, so it must not block.
    ///   - onInterruption: Called on the event loop, in order with the messages, when all are to be had for the first
    ///     time, when there are none, and when all are again.
    package init(
        address: RedisAddress,
        configuration: RedisClientConfiguration = .init(),
        eventLoop: any EventLoop,
        logger: Logger,
        onPublication: @escaping @Sendable (RedisPublication) -> Void,
        onInterruption: @escaping @Sendable (RedisInterruption) -> Void = { _ in }
    ) {
        self.address = address
        self.configuration = configuration
        self.eventLoop = eventLoop
        let core = SubscriberCore(
            address: address,
            configuration: configuration,
            eventLoop: eventLoop,
            board: board,
            logger: logger,
            onPublication: onPublication,
            onInterruption: onInterruption
        )
        self.core = .makeBoxSendingValue(core, eventLoop: eventLoop)
    }

    /// Connects, subscribes, and does both again after each loss, until the task is cancelled or gracefully shut down.
    ///
    /// - Throws: ``RedisError``: `.tls` when the CA file cannot be used, `.shutDown` when it is running already.
    package func run() async throws {
        let lifetime = RedisLinkLifetime(
            address: address,
            configuration: configuration,
            eventLoop: eventLoop,
            board: board
        )
        try await lifetime.run { [core] connector, finished in
            core.value.start(connector, finished: finished)
        } stop: { [core] graceful in
            core.value.stop(graceful ? .graceful : .immediate)
        }
    }

    /// Begins the end: ``run()`` returns soon.
    ///
    /// Harmless when repeated.
    package func shutDown() {
        eventLoop.execute { [core] in core.value.stop(.graceful) }
    }

    /// Throws the present connection away and makes a new one, as after a loss.
    ///
    /// For whoever knows that nothing arrives although the connection looks well. Without one it does nothing.
    ///
    /// - Parameter reason: What the status says until the new connection is ready.
    package func reconnect(because reason: RedisError) {
        eventLoop.execute { [core] in core.value.reconnect(because: reason) }
    }

    // MARK: Status

    /// `.ready` when every topic that was wanted as the connection began is confirmed on it.
    package var status: RedisConnectionStatus { board.current }

    /// The status now and each change of it; see ``RedisClient/statusUpdates()``.
    ///
    /// Each `.ready` after the first one means that messages may have been missed before it.
    package func statusUpdates() -> AsyncStream<RedisConnectionStatus> {
        board.watch().stream
    }

    /// Returns once every wanted topic is confirmed; see ``RedisClient/waitUntilReady(timeout:)``.
    package func waitUntilReady(timeout: Duration) async throws(RedisError) {
        try await board.waitUntilReady(timeout: timeout, address: address, eventLoop: eventLoop)
    }

    // MARK: Topics

    /// Wants these topics, and returns when Redis has confirmed all of them on the connection there is.
    ///
    /// Wanting a topic twice is wanting it once. While there is no connection it waits for the next one; cancelling the
    /// task ends the wait only: the topics stay wanted until ``unsubscribe(_:)``.
    ///
    /// - Throws: ``RedisError``: `.reply` when Redis denies a topic (it is wanted no more then), `.cancelled` when the
    ///   task is cancelled or a topic is unsubscribed meanwhile, `.overloaded` when too many callers wait, `.shutDown`.
    package func subscribe(_ topics: [RedisTopic]) async throws(RedisError) {
        if topics.isEmpty { return }
        let waiter = nextWaiter.add(1, ordering: .relaxed).newValue
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { confirmation in
                eventLoop.execute { [core] in
                    core.value.subscribe(topics, waiter: waiter, confirmation: confirmation)
                }
                // A cancellation before this point came too early to find the waiter.
                if Task.isCancelled { cancel(waiter) }
            }
        } onCancel: {
            cancel(waiter)
        }
        try result.get()
    }

    /// Wants these topics no more.
    ///
    /// No message on them is handed out once the event loop has seen the call; Redis is told in the background.
    package func unsubscribe(_ topics: [RedisTopic]) {
        if topics.isEmpty { return }
        eventLoop.execute { [core] in core.value.unsubscribe(topics) }
    }

    private func cancel(_ waiter: SubscriptionStateMachine.Waiter) {
        eventLoop.execute { [core] in core.value.cancel(waiter) }
    }
}
