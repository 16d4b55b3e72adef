/// Who is behind a channel in a group.
///
/// A person may be in a group by many channels, on many fronts, and counts once.
public struct Person: Sendable, Hashable {
    /// The person's name.
    public let user: UserName
    /// How the group is told that the person came or went; `nil` if it is not told.
    public let presence: PresenceMessage?

    /// Makes a person.
    ///
    /// - Parameters:
    ///   - user: The person's name.
    ///   - presence: How the group is told that the person came or went; the same for all channels of a group.
    public init(_ user: UserName, presence: PresenceMessage? = nil) {
        self.user = user
        self.presence = presence
    }
}
