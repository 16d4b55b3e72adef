import ChannelLayers
import Logging
import NIOCore
import Synchronization

/// A front's end, from being told to the last connection's being told.
final class Drain: Sendable {
    private let state = Mutex(DrainState.serving)
    private let waking = WakeSignal()
    private let loops: FrontLoops
    private let delay: Duration
    private let time: Duration
    private let logger: Logger

    init(loops: FrontLoops, configuration: FrontConfiguration, logger: Logger) {
        self.loops = loops
        delay = configuration.drainDelay
        time = configuration.drainTime
        self.logger = logger
    }

    /// Whether load balancers are told to send nobody.
    var isEnding: Bool { state.withLock { $0.isEnding } }

    /// Tells load balancers, waits for them to notice, and begins to close the connections; returns then, or early if it
    /// was cancelled.
    func run() async {
        let first = state.withLock { $0.told(now: .now, delay: delay) }
        if case .wait = first {
            logger.notice(
                "unready, still listening: load balancers are to notice; a second signal hurries",
                metadata: ["seconds": "\(delay / .seconds(1))"]
            )
        }
        guard perform(first) else { return }
        waking.wake()
        await waking.run { [self] in
            let action = state.withLock { $0.woke(now: .now) }
            if case .wait(let end) = action { return end }
            _ = perform(action)
            waking.finish()
            return nil
        }
    }

    /// Ends what takes time.
    func hurry() {
        _ = perform(state.withLock { $0.hurry() })
        waking.wake()
    }

    /// Closes all connections now, whether or not the front was told to end.
    func closeAll() {
        loops.onEach { $0.drain(over: .zero) }
    }

    /// Returns whether there is something to wait for.
    private func perform(_ action: DrainState.Action) -> Bool {
        switch action {
        case .nothing:
            return false
        case .wait:
            return true
        case .drain:
            logger.notice(
                "draining: closing the connections; a second signal hurries",
                metadata: ["connections": "\(loops.connectionCount)", "seconds": "\(time / .seconds(1))"]
            )
            let time = TimeAmount(time)
            loops.onEach { $0.drain(over: time) }
            return false
        case .close:
            logger.notice("closing all connections now", metadata: ["connections": "\(loops.connectionCount)"])
            closeAll()
            return false
        }
    }
}
