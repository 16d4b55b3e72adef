import ChannelLayers
import CoreMetrics

/// What consumers count.
enum ConsumerMetrics {
    /// Events whose handler threw; each cost its connection a close with 1011.
    static let failures = Counter(label: "muster_consumer_failures_total")
    /// A failure that befalls every connection is one log line a minute, not one per connection.
    static let failureLog = LogLimiter()
}
