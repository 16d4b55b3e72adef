/// Where a client or a subscriber stands with Redis.
package enum RedisConnectionStatus: Sendable, Equatable {
    /// The first attempt has not succeeded or failed yet.
    case connecting
    /// Connected and authenticated; a subscriber: every wanted topic is confirmed.
    case ready
    /// Not connected, for this reason; attempts go on in the background.
    case unavailable(RedisError)
    /// `run()` has returned; this is final.
    case closed
}
