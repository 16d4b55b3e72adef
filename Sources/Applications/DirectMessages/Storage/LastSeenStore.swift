public import ChannelLayers

/// When users were last here.
///
/// All calls are safe from any thread. They throw `.unavailable` when the store's server cannot be reached, and `.refused`
/// when it answers with an error.
public protocol LastSeenStore: Sendable {
    /// Notes that a user is here now.
    ///
    /// - Parameter user: The user.
    /// - Throws: `ChannelLayerError`.
    func note(_ user: UserName) async throws(ChannelLayerError)

    /// Tells who was here last.
    ///
    /// - Parameter limit: How many users at most, 1 to 1000.
    /// - Returns: The users, whoever was here last first; those who were not for 30 days are forgotten.
    /// - Throws: `ChannelLayerError`.
    func latest(_ limit: Int) async throws(ChannelLayerError) -> [LastSeen]
}

/// When a user was last here.
public struct LastSeen: Sendable, Hashable {
    /// The user.
    public let user: UserName
    /// When, in whole seconds since 1970 on the store's clock.
    public let seconds: Int

    /// Makes a note of a user.
    ///
    /// - Parameters:
    ///   - user: The user.
    ///   - seconds: When, in whole seconds since 1970.
    public init(user: UserName, seconds: Int) {
        self.user = user
        self.seconds = seconds
    }
}
