import CoreMetrics
import Synchronization

/// One number that many threads add to.
final class MetricCell: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    private let whole = Atomic<Int64>(0)
    private let fraction = Mutex<Double>(0)

    /// The number as text; whole if it is.
    var value: String {
        let whole = whole.load(ordering: .relaxed)
        let fraction = fraction.withLock { $0 }
        return fraction == 0 ? String(whole) : String(Double(whole) + fraction)
    }

    func increment(by amount: Int64) {
        whole.wrappingAdd(amount, ordering: .relaxed)
    }

    func increment(by amount: Double) {
        add(amount)
    }

    func decrement(by amount: Double) {
        add(-amount)
    }

    func set(_ value: Int64) {
        whole.store(value, ordering: .relaxed)
        fraction.withLock { $0 = 0 }
    }

    func set(_ value: Double) {
        whole.store(0, ordering: .relaxed)
        fraction.withLock { $0 = value }
    }

    /// A recorder that does not aggregate, swift-metrics' `Gauge`, holds its last value.
    func record(_ value: Int64) {
        set(value)
    }

    func record(_ value: Double) {
        set(value)
    }

    func reset() {
        set(Int64(0))
    }

    private func add(_ amount: Double) {
        if let exact = Int64(exactly: amount) {
            whole.wrappingAdd(exact, ordering: .relaxed)
        } else {
            fraction.withLock { $0 += amount }
        }
    }
}

/// A sum and how many values it is of.
final class SummaryCell: RecorderHandler, TimerHandler {
    private let state = Mutex<(sum: Double, count: Int)>((0, 0))

    var values: (sum: Double, count: Int) { state.withLock { $0 } }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func record(_ value: Double) {
        state.withLock { $0 = ($0.sum + value, $0.count + 1) }
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1_000_000_000)
    }
}
