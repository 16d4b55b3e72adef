/// The name of a group: what `asgi:group:<name>` in Redis is named after.
///
/// Valid names are those that Django Channels' core layer takes: 1 to 99 characters, ASCII letters, digits,
/// hyphens, underscores and full stops.
public struct GroupName: Sendable, Hashable, CustomStringConvertible {
    /// The longest valid name, in characters.
    public static let maximumLength = 99

    /// The name as text.
    public let rawValue: String

    /// Checks a name.
    ///
    /// - Parameter rawValue: The name as text.
    /// - Throws: `ChannelLayerError` with code `.invalidName` when Channels would refuse the name.
    public init(_ rawValue: String) throws(ChannelLayerError) {
        guard
            (1...Self.maximumLength).contains(rawValue.utf8.count),
            rawValue.utf8.allSatisfy(NameCharacters.isPlain)
        else {
            throw ChannelLayerError(
                code: .invalidName,
                message: """
                    group name \(rawValue.debugDescription.prefix(120)) is not valid: use 1 to \(Self.maximumLength) \
                    ASCII letters, digits, hyphens, underscores or full stops
                    """
            )
        }
        self.rawValue = rawValue
    }

    /// The text that operators see.
    public var description: String { rawValue }
}

extension GroupName: ExpressibleByStringLiteral {
    /// Makes a name that is written in the source; an invalid one is a programming mistake and traps.
    ///
    /// - Parameter value: The name.
    public init(stringLiteral value: StaticString) {
        do {
            try self.init(value.description)
        } catch {
            preconditionFailure(error.message)
        }
    }
}
