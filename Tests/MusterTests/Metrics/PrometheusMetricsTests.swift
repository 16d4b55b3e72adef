import CoreMetrics
import Testing

@testable import Muster

struct PrometheusMetricsTests {
    private let metrics = PrometheusMetrics()

    @Test("Series are sorted, one TYPE line per name, a line per set of dimensions, a line feed at the end")
    func text() {
        metrics.makeCounter(label: "b_total", dimensions: [("reason", "y")]).increment(by: 2)
        metrics.makeCounter(label: "b_total", dimensions: [("reason", "x"), ("k", "v")]).increment(by: Int64(3))
        metrics.makeMeter(label: "a_connections", dimensions: []).increment(by: 1)
        metrics.makeTimer(label: "c_seconds", dimensions: []).recordNanoseconds(1_500_000_000)
        metrics.makeTimer(label: "c_seconds", dimensions: []).recordNanoseconds(500_000_000)
        #expect(
            metrics.text == """
                # TYPE a_connections gauge
                a_connections 1
                # TYPE b_total counter
                b_total{reason="x",k="v"} 3
                b_total{reason="y"} 2
                # TYPE c_seconds summary
                c_seconds_sum 2.0
                c_seconds_count 2

                """
        )
    }

    @Test("A handler that is made again continues its series; destroying it keeps the series")
    func sameSeries() {
        let first = metrics.makeCounter(label: "n_total", dimensions: [])
        first.increment(by: Int64(1))
        metrics.destroyCounter(first)
        metrics.makeCounter(label: "n_total", dimensions: []).increment(by: Int64(1))
        #expect(metrics.text == "# TYPE n_total counter\nn_total 2\n")
    }

    @Test("Quotes, backslashes and line feeds in a dimension are escaped")
    func escaping() {
        metrics.makeCounter(label: "n_total", dimensions: [("path", "a\"b\\c\nd")]).increment(by: Int64(1))
        #expect(metrics.text.hasSuffix(#"n_total{path="a\"b\\c\nd"} 1"# + "\n"))
    }

    @Test("A meter goes up and down and is set, in whole numbers while they are whole")
    func meter() {
        let meter = metrics.makeMeter(label: "m", dimensions: [])
        meter.increment(by: 2.0)
        meter.decrement(by: 3.0)
        #expect(metrics.text.hasSuffix("\nm -1\n"))
        meter.increment(by: 0.25)
        #expect(metrics.text.hasSuffix("\nm -0.75\n"))
        meter.set(Int64(7))
        #expect(metrics.text.hasSuffix("\nm 7\n"))
        meter.set(0.5)
        #expect(metrics.text.hasSuffix("\nm 0.5\n"))
    }

    @Test("A gauge is its last value; a recorder that aggregates is a sum and a count")
    func recorders() {
        let gauge = metrics.makeRecorder(label: "a", dimensions: [], aggregate: false)
        gauge.record(Int64(5))
        gauge.record(Int64(3))
        let recorder = metrics.makeRecorder(label: "b", dimensions: [], aggregate: true)
        recorder.record(Int64(5))
        recorder.record(0.5)
        #expect(metrics.text == "# TYPE a gauge\na 3\n# TYPE b summary\nb_sum 5.5\nb_count 2\n")
    }

    @Test("A counter goes back to nothing when it is reset")
    func reset() {
        let counter = metrics.makeCounter(label: "n_total", dimensions: [])
        counter.increment(by: Int64(4))
        counter.reset()
        #expect(metrics.text == "# TYPE n_total counter\nn_total 0\n")
    }

    @Test("Nothing is lost when many tasks count at once")
    func concurrent() async {
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask { [metrics] in
                    for _ in 0..<1000 {
                        metrics.makeCounter(label: "n_total", dimensions: []).increment(by: Int64(1))
                        metrics.makeTimer(label: "t", dimensions: []).recordNanoseconds(1_000_000_000)
                    }
                }
            }
        }
        #expect(metrics.text.contains("n_total 8000\n"))
        #expect(metrics.text.hasSuffix("t_sum 8000.0\nt_count 8000\n"))
    }

    @Test("Without series the text is empty but valid")
    func empty() {
        #expect(metrics.text == "\n" || metrics.text.isEmpty)
    }
}
