import ChannelLayers
import CoreMetrics
import HTTPTypes

/// What the HTTP API counts.
enum APIMetrics {
    /// Messages that were sent for a caller.
    static let sends = Counter(label: "muster_api_sends_total")
    /// Callers without a key of ours are one log line a minute, however many they are.
    static let refusalLog = LogLimiter()

    /// Requests that were not done.
    static func refusals(_ status: HTTPResponse.Status) -> Counter {
        Counter(label: "muster_api_refusals_total", dimensions: [("status", String(status.code))])
    }
}
