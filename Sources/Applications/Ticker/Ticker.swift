public import ChannelLayers
import CoreMetrics
import Synchronization

/// Does something each full second, while somebody listens: one timer for all the listeners of a process.
///
/// A consumer listens as long as it holds what `listen` returned. One that is let go of, however its connection ended,
/// listens no longer, so no timer outlives those it is for.
///
/// ```swift
/// let greetings = Ticker("greetings") { layer, _ in
///     layer.localGroupSend(Message(type: "greeting"), to: "greeted")
/// }
/// listening = greetings.listen(on: connection.layer)  // in the consumer's connected(_:)
/// ```
///
/// An action that takes longer than a second is not called anew before it returns; the seconds it took are left out.
public final class Ticker: Sendable {
    /// What is done: with the listeners' layer, and the second that has begun, counted from 1970.
    public typealias Action = @Sendable (any ChannelLayer, Int) async -> Void

    private let clock: WallClock
    private let action: Action
    private let state = Mutex(TickerState())
    private let ticks: Counter

    /// Makes a ticker; nothing runs before somebody listens.
    ///
    /// - Parameters:
    ///   - name: Which one it is, in the metric `muster_ticks_total`.
    ///   - action: What to do each second.
    public convenience init(_ name: String, action: @escaping Action) {
        self.init(name, clock: .system, action: action)
    }

    init(_ name: String, clock: WallClock, action: @escaping Action) {
        self.clock = clock
        self.action = action
        ticks = Counter(label: "muster_ticks_total", dimensions: [("ticker", name)])
    }

    var isRunning: Bool { state.withLock { $0.isRunning } }

    /// Listens.
    ///
    /// - Parameter layer: What the action is called with; the same for all who listen.
    /// - Returns: Held as long as somebody listens.
    public func listen(on layer: any ChannelLayer) -> Listening {
        let wantsTimer = state.withLock { $0.enter() }
        if wantsTimer { Task { await run(layer) } }
        return Listening { [self] in state.withLock { $0.leave() } }
    }

    /// As long as somebody listens, and up to a second longer: another who comes in that time finds the timer running.
    private func run(_ layer: any ChannelLayer) async {
        var second = clock.now().whole
        while true {
            // A clock that is set back has other seconds, too: whichever begins is the next.
            repeat { await clock.sleep(clock.now().untilNext) } while clock.now().whole == second
            second = clock.now().whole
            guard state.withLock({ $0.goesOn() }) else { return }
            ticks.increment()
            await action(layer, second)
        }
    }

    /// One who listens to a ticker.
    public final class Listening: Sendable {
        private let end: @Sendable () -> Void

        init(end: @escaping @Sendable () -> Void) {
            self.end = end
        }

        deinit { end() }
    }
}
