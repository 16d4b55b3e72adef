import Consumers
import CoreMetrics

/// What a front counts.
///
/// An increment is an atomic addition.
enum FrontMetrics {
    /// Open WebSocket connections.
    static let connections = Meter(label: "muster_connections")
    /// WebSocket connections ever opened.
    static let opened = Counter(label: "muster_connections_opened_total")
    /// Data frames handed to the kernel or its queue.
    static let framesSent = Counter(label: "muster_frames_sent_total")
    /// Data messages received from clients.
    static let messagesReceived = Counter(label: "muster_messages_received_total")
    /// Group messages taken from the channel layer.
    static let groupMessages = Counter(label: "muster_group_messages_total")
    /// Messages to channels by their names, however many, taken from the channel layer.
    static let channelMessages = Counter(label: "muster_channel_messages_total")
    /// Gaps in groups' histories that a connection was sent.
    static let historyGaps = Counter(label: "muster_history_gaps_sent_total")
    /// Histories that a connection was not sent, since they could not be read.
    static let historyFailures = Counter(label: "muster_history_failures_total")
    /// Messages that no consumer type knew.
    static let unknownMessages = dropped(reason: "unknown_type")
    /// Messages that a consumer failed to render.
    static let renderFailures = dropped(reason: "render_failed")
    /// Messages for channels that are not connected here any more, one for each.
    static let nobodyThere = dropped(reason: "channel_gone")
    /// Clients closed because they read too slowly.
    static let slowClients = closed(reason: "slow_client")
    /// Clients closed because their consumer could not keep up.
    static let slowConsumers = closed(reason: "slow_consumer")
    /// Clients dropped because they gave no sign of life.
    static let timedOut = closed(reason: "ping_timeout")
    /// Clients refused because their route takes none while the layer is not ready.
    static let unready = closed(reason: "unready")
    /// Clients that broke RFC 6455.
    static let protocolErrors = closed(reason: "protocol_error")

    /// Upgrade requests that were refused, by HTTP status.
    static func refused(status: Int) -> Counter {
        Counter(label: "muster_upgrades_refused_total", dimensions: [("status", String(status))])
    }

    private static func dropped(reason: String) -> Counter {
        Counter(label: "muster_messages_dropped_total", dimensions: [("reason", reason)])
    }

    private static func closed(reason: String) -> Counter {
        Counter(label: "muster_closed_total", dimensions: [("reason", reason)])
    }
}
