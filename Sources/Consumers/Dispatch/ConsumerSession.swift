import ChannelLayers
import CoreMetrics
import DequeModule
import Logging
import Synchronization

/// Passes one connection's events to its consumer, in order, one at a time.
package protocol ConsumerSession: AnyObject, Sendable {
    /// Takes an event; the consumer sees it now or when it is done with the earlier ones.
    ///
    /// - Returns: Whether the source of events should pause until `onDrained` is called.
    func deliver(_ event: ConsumerEvent) -> SessionPressure

    /// Sets what is called, on any thread, when a full session has room again.
    func onDrained(_ resume: @escaping @Sendable () -> Void)
}

/// Whether a session has room for further events.
package enum SessionPressure: Sendable, Equatable {
    /// There is room.
    case open
    /// The client's socket should not be read for now.
    case full
    /// There was no room: the event was not taken.
    case overflowing
}

/// The session of one consumer value.
///
/// A task exists only while there are events to handle.
final class SerialConsumerSession<C: Consumer>: ConsumerSession {
    /// From this many waiting events on, the client's socket is not read.
    private let capacity = 64
    /// Messages of the layer cannot be held back at their source: with this many waiting, the next is not taken.
    private let messageCapacity = 1024

    private struct State {
        /// `nil` while an event is being handled: whoever handles it holds the consumer.
        var consumer: C?
        var waiting: Deque<ConsumerEvent> = []
        var isFull = false
        var resume: (@Sendable () -> Void)?
    }

    private let connection: Connection
    private let executor: (any TaskExecutor)?
    private let logger: Logger
    private let state: Mutex<State>

    init(consumer: C, connection: Connection, executor: (any TaskExecutor)?, logger: Logger) {
        self.connection = connection
        self.executor = executor
        self.logger = logger
        state = Mutex(State(consumer: consumer))
    }

    func deliver(_ event: ConsumerEvent) -> SessionPressure {
        let (start, pressure): (C?, SessionPressure) = state.withLock { state in
            if let consumer = state.consumer {
                state.consumer = nil
                return (consumer, .open)
            }
            if case .message = event, state.waiting.count >= messageCapacity { return (nil, .overflowing) }
            state.waiting.append(event)
            if state.waiting.count >= capacity { state.isFull = true }
            return (nil, state.isFull ? .full : .open)
        }
        if let start {
            // Runs on this thread up to the first suspension: an event whose handler does not suspend costs no hop.
            Task.immediate(executorPreference: executor) { await run(start, from: event) }
        }
        return pressure
    }

    func onDrained(_ resume: @escaping @Sendable () -> Void) {
        state.withLock { state in state.resume = resume }
    }

    private func run(_ consumer: C, from first: ConsumerEvent) async {
        var consumer = consumer
        var event = first
        while true {
            await handle(event, with: &consumer)
            let (next, resume): (ConsumerEvent?, (@Sendable () -> Void)?) = state.withLock { state in
                guard let next = state.waiting.popFirst() else {
                    state.consumer = consumer
                    return (nil, nil)
                }
                guard state.isFull, state.waiting.count <= capacity / 2 else { return (next, nil) }
                state.isFull = false
                return (next, state.resume)
            }
            resume?()
            guard let next else { return }
            event = next
        }
    }

    private func handle(_ event: ConsumerEvent, with consumer: inout C) async {
        do {
            switch event {
            case .connected: try await consumer.connected(connection)
            case .text(let text): try await consumer.received(text, on: connection)
            case .binary(let bytes): try await consumer.received(bytes, on: connection)
            case .message(let message): try await consumer.received(message, on: connection)
            case .disconnected(let code): try await consumer.disconnected(connection, code: code)
            }
        } catch let error as ChannelLayerError where error.code == .closed {
            // The client left before its join was acknowledged: nobody failed.
            connection.close(.internalError)
        } catch {
            ConsumerMetrics.failures.increment()
            guard let held = ConsumerMetrics.failureLog.admit() else {
                connection.close(.internalError)
                return
            }
            logger.warning(
                "consumer failed, closing its connection",
                metadata: [
                    "consumer": "\(C.self)", "channel": "\(connection.channel)", "path": "\(connection.scope.path)",
                    "error": "\(error)", "held_back": "\(held)",
                ]
            )
            connection.close(.internalError)
        }
    }
}
