import CoreMetrics
import Hummingbird
import Synchronization

/// The process' metrics, in memory, served as Prometheus' text format at `GET /metrics`.
///
/// Counters and gauges are sums that live as long as the process; durations and distributions are kept as sum and count.
final class PrometheusMetrics: MetricsFactory {
    private struct Key: Hashable, Comparable {
        let label: String
        let dimensions: String

        static func < (left: Key, right: Key) -> Bool {
            (left.label, left.dimensions) < (right.label, right.dimensions)
        }
    }

    private enum Series {
        case counter(MetricCell)
        case gauge(MetricCell)
        case summary(SummaryCell)
    }

    private let series = Mutex<[Key: Series]>([:])

    // MARK: - MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, isCounter: true)
    }

    func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        cell(label, dimensions, isCounter: true)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, isCounter: false)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? summary(label, dimensions) : cell(label, dimensions, isCounter: false)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        summary(label, dimensions)
    }

    // Series live as long as the process: a handler that is made again for the same label continues its series.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private func cell(_ label: String, _ dimensions: [(String, String)], isCounter: Bool) -> MetricCell {
        let key = Key(label: label, dimensions: Self.text(dimensions))
        return series.withLock { series in
            switch series[key] {
            case .counter(let cell), .gauge(let cell):
                return cell
            case .summary, nil:
                let cell = MetricCell()
                series[key] = isCounter ? .counter(cell) : .gauge(cell)
                return cell
            }
        }
    }

    private func summary(_ label: String, _ dimensions: [(String, String)]) -> SummaryCell {
        let key = Key(label: label, dimensions: Self.text(dimensions))
        return series.withLock { series in
            if case .summary(let cell) = series[key] { return cell }
            let cell = SummaryCell()
            series[key] = .summary(cell)
            return cell
        }
    }

    // MARK: - The text

    /// Adds `GET /metrics`.
    func addRoute(to router: Router<some RequestContext>) {
        router.get("/metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: self.text))
            )
        }
    }

    /// All series, sorted.
    var text: String {
        let series = series.withLock { $0 }.sorted { $0.key < $1.key }
        var lines: [String] = []
        var label = ""
        for (key, value) in series {
            if key.label != label {
                label = key.label
                lines.append("# TYPE \(label) \(Self.type(of: value))")
            }
            switch value {
            case .counter(let cell), .gauge(let cell):
                lines.append("\(label)\(key.dimensions) \(cell.value)")
            case .summary(let cell):
                let (sum, count) = cell.values
                lines.append("\(label)_sum\(key.dimensions) \(sum)")
                lines.append("\(label)_count\(key.dimensions) \(count)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func type(of series: Series) -> String {
        switch series {
        case .counter: "counter"
        case .gauge: "gauge"
        case .summary: "summary"
        }
    }

    private static func text(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let pairs = dimensions.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }
}
