import CoreMetrics

/// What the Redis client counts.
///
/// Handlers are made once; an increment is an atomic addition.
enum RedisMetrics {
    /// Commands handed to a connection.
    static let commands = Counter(label: "muster_redis_commands_total")
    /// Messages received over pub/sub.
    static let publications = Counter(label: "muster_redis_publications_total")
    /// Messages on a channel whose name is not UTF-8: no topic of ours can mean it.
    static let undecodablePublications = Counter(
        label: "muster_redis_publications_dropped_total",
        dimensions: [("reason", "not_utf8")]
    )
    /// Replies and messages over the limit; each one ends its connection.
    static let oversizedReplies = Counter(label: "muster_redis_oversized_replies_total")
    /// Connections for commands made again after a loss.
    static let commandReconnects = reconnects("commands")
    /// Connections for subscriptions made again after a loss.
    static let subscriptionReconnects = reconnects("subscriptions")

    /// Counts commands that failed; every error word of Redis counts as `reply`.
    static func countErrors(_ code: RedisError.Code, by amount: Int = 1) {
        guard amount > 0 else { return }
        let key = code.isReply ? .reply("") : code
        commandErrors[key]?.increment(by: amount)
    }

    private static let commandErrors = Dictionary(
        uniqueKeysWithValues: RedisError.Code.allCases.map { code in
            let label = "muster_redis_command_errors_total"
            return (code, Counter(label: label, dimensions: [("code", code.description)]))
        }
    )

    private static func reconnects(_ connection: String) -> Counter {
        Counter(label: "muster_redis_reconnects_total", dimensions: [("connection", connection)])
    }
}
