import CoreMetrics

/// What is counted of messages that wait to be received.
enum ReceiveMetrics {
    /// Messages that waited longer than their expiry.
    static let expired = dropped(reason: "expired")
    /// Messages for which there was no room.
    static let overflowed = dropped(reason: "capacity")

    private static func dropped(reason: String) -> Counter {
        Counter(label: "muster_messages_dropped_total", dimensions: [("reason", reason)])
    }
}
