import CoreMetrics

/// What is counted of customer service.
enum SupportMetrics {
    static let taken = Counter(label: "muster_support_taken_total")
    static let abandoned = Counter(label: "muster_support_abandoned_total")
    static let messages = Counter(label: "muster_support_messages_total")
    static let badFrames = Counter(label: "muster_support_bad_frames_total")
    static let unrecorded = Counter(label: "muster_support_unrecorded_total")
    static let failures = Counter(label: "muster_support_failures_total")
}
