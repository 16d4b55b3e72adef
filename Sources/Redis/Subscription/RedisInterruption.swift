/// A break in what a subscriber receives, or the end of one.
package enum RedisInterruption: Sendable, Hashable {
    /// Every topic that is wanted is confirmed for the first time; comes before all others, once.
    case begun
    /// The connection on which every wanted topic was confirmed is gone: messages are being missed.
    case lost
    /// Every topic that is wanted is confirmed again, on a new connection; comes once after each `lost`.
    case restored
}
