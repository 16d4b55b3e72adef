/// What one can subscribe to.
package enum RedisTopic: Sendable, Hashable {
    /// A channel by its exact name (SUBSCRIBE).
    case channel(String)
    /// All channels that fit a glob pattern (PSUBSCRIBE).
    case pattern(String)

    /// The channel's name, or the pattern.
    package var name: String {
        switch self {
        case .channel(let name), .pattern(let name): name
        }
    }
}
