import CoreMetrics

/// What the general channel `muster` counts.
enum SendRequestMetrics {
    /// Requests that were done.
    static let sends = Counter(label: "muster_send_requests_total")

    /// Requests that were not done.
    static func failures(_ reason: String) -> Counter {
        Counter(label: "muster_send_request_failures_total", dimensions: [("reason", reason)])
    }
}
