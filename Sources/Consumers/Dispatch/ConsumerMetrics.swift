import ChannelLayers
import CoreMetrics

/// What consumers count.
enum ConsumerMetrics {
    /// Events whose handler threw, other than to close; each cost its connection a close with 1011 or 1013.
    static let failures = Counter(label: "muster_consumer_failures_total")
    /// A failure that befalls every connection is one log line a minute, not one per connection.
    static let failureLog = LogLimiter()
    /// Events whose handler took too long; each cost its connection a close with 1011.
    static let timeouts = Counter(label: "muster_consumer_timeouts_total")
    /// Events whose handler took too long when the connection had ended already: there was none to close.
    static let timeoutsAfterEnd = Counter(label: "muster_consumer_timeouts_after_end_total")
    /// As for failures.
    static let timeoutLog = LogLimiter()
    static let timeoutAfterEndLog = LogLimiter()
    /// Connections that no worker answered in time.
    static let workerTimeouts = Counter(label: "muster_worker_timeouts_total")
    /// Workers' answers that could not be followed.
    static let badAnswers = Counter(label: "muster_worker_bad_answers_total")
    static let badAnswerLog = LogLimiter()
    /// One line a minute for messages to workers that could not be sent.
    static let workerFailureLog = LogLimiter()

    /// Messages to workers that could not be sent.
    static func workerFailures(_ code: ChannelLayerError.Code) -> Counter {
        Counter(label: "muster_worker_send_failures_total", dimensions: [("reason", code.description)])
    }
}
