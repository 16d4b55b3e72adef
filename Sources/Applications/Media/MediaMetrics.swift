import ChannelLayers
import CoreMetrics
import HTTPTypes

/// What uploads and downloads count.
enum MediaMetrics {
    /// Files that were stored.
    static let uploads = Counter(label: "muster_media_uploads_total")
    /// Bytes of the files that were stored.
    static let uploadedBytes = Counter(label: "muster_media_upload_bytes_total")
    /// Files that the clean-up has removed.
    static let removed = Counter(label: "muster_media_removed_total")
    /// Files whose record is there and whose content is not.
    static let lost = Counter(label: "muster_media_lost_total")
    /// Files that were named in a message and could not be kept for longer.
    static let keepFailures = Counter(label: "muster_media_keep_failures_total")

    // Each kind of failure is one log line a minute, however often it happens.
    static let keepLog = LogLimiter()
    static let storeLog = LogLimiter()
    static let openLog = LogLimiter()
    static let lostLog = LogLimiter()
    static let saveLog = LogLimiter()
    static let recordLog = LogLimiter()
    static let cleanupLog = LogLimiter()

    /// Uploads that were not taken.
    static func refusals(_ status: HTTPResponse.Status) -> Counter {
        Counter(label: "muster_media_refusals_total", dimensions: [("status", String(status.code))])
    }
}
