/// When to connect, when to wait and when to stop: the life of a client across its connections.
///
/// Pure.
struct ReconnectStateMachine<Source: RandomNumberGenerator> {
    private enum State {
        /// `run()` has not been called.
        case idle
        /// An attempt is under way.
        case connecting
        /// There is a connection, whether or not its handshake is done.
        case connected
        /// Pauses before the next attempt.
        case waiting
        /// Told to stop; the connection is on its way out.
        case stopping
        /// Final.
        case stopped
    }

    private var state = State.idle
    private var backoff: Backoff<Source>
    /// A connection that lasted this long counts as healthy again: its loss starts with short pauses.
    private let healthyLifetime: Duration

    init(bounds: RedisClientConfiguration.BackoffBounds, source: Source) {
        backoff = Backoff(bounds: bounds, source: source)
        healthyLifetime = bounds.maximum
    }

    enum StartAction: Equatable {
        case connect
        /// Stopped before it began.
        case finish
        /// `run()` was called before.
        case refuse
    }

    mutating func start() -> StartAction {
        switch state {
        case .idle:
            state = .connecting
            return .connect
        case .stopped:
            return .finish
        case .connecting, .connected, .waiting, .stopping:
            return .refuse
        }
    }

    enum ConnectedAction: Equatable {
        case use
        /// It comes too late: close it.
        case discard
    }

    mutating func connected() -> ConnectedAction {
        guard case .connecting = state else { return .discard }
        state = .connected
        return .use
    }

    enum LossAction: Equatable {
        case retry(after: Duration)
        case finish
        case none
    }

    /// The attempt failed.
    mutating func connectFailed() -> LossAction {
        guard case .connecting = state else { return .none }
        state = .waiting
        return .retry(after: backoff.next())
    }

    /// The connection is gone; `lifetime` is how long it was ready, zero if it never was.
    mutating func lost(after lifetime: Duration) -> LossAction {
        switch state {
        case .connected:
            if lifetime >= healthyLifetime { backoff.reset() }
            state = .waiting
            return .retry(after: backoff.next())
        case .stopping:
            state = .stopped
            return .finish
        case .idle, .connecting, .waiting, .stopped:
            return .none
        }
    }

    enum PauseAction: Equatable {
        case connect
        case none
    }

    mutating func pauseEnded() -> PauseAction {
        guard case .waiting = state else { return .none }
        state = .connecting
        return .connect
    }

    enum StopAction: Equatable {
        /// Close the connection; `lost` follows.
        case close
        case finish
        /// It was told before; closing harder is up to the caller.
        case none
    }

    mutating func stop() -> StopAction {
        switch state {
        case .connected:
            state = .stopping
            return .close
        case .idle, .connecting, .waiting:
            state = .stopped
            return .finish
        case .stopping, .stopped:
            return .none
        }
    }
}
