public import Messages

/// The shape of the messages that tell a group who came and who went.
///
/// Each is sent once for all of a person's channels in all processes. Only when the server came back empty may a person be
/// told to have joined twice, so whoever receives it should take a second one for the same.
///
/// With types `user.joined` and `user.left` and field `user` it is `{"type": "user.joined", "user": "bob"}`.
public struct PresenceMessage: Sendable, Hashable {
    /// The `type` when a person's first channel has joined.
    public let joined: String
    /// The `type` when a person's last channel has left, and none came back within the grace period.
    public let left: String
    /// The field that holds the name.
    public let field: String

    /// Makes a shape.
    ///
    /// - Parameters:
    ///   - joined: The `type` when a person's first channel has joined.
    ///   - left: The `type` when a person's last channel has left.
    ///   - field: The field that holds the name.
    public init(joined: String = "user.joined", left: String = "user.left", field: String = "user") {
        self.joined = joined
        self.left = left
        self.field = field
    }

    /// The message that tells that a person came.
    ///
    /// - Parameter user: The person's name.
    /// - Returns: The message.
    public func message(joined user: UserName) -> Message {
        Message(type: joined, [field: .string(user.rawValue)])
    }

    /// The message that tells that a person left.
    ///
    /// - Parameter user: The person's name.
    /// - Returns: The message.
    public func message(left user: UserName) -> Message {
        Message(type: left, [field: .string(user.rawValue)])
    }
}
