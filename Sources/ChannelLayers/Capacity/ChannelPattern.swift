/// Which channels a capacity is for.
public struct ChannelPattern: Sendable {
    private let matches: @Sendable (String) -> Bool

    /// Channels whose whole name fits a glob: `*`, `?`, `[abc]`, `[!abc]`, as Python's `fnmatch.fnmatchcase` has it.
    ///
    /// - Parameter pattern: The glob, such as `http.response!*`.
    /// - Returns: The pattern.
    public static func glob(_ pattern: String) -> ChannelPattern {
        let glob = Glob(pattern)
        return ChannelPattern { name in glob.matches(name) }
    }

    /// Channels for whose full name a function says so: for what Channels does with a regular expression.
    ///
    /// - Parameter matches: Called with the full name, on any thread.
    /// - Returns: The pattern.
    public static func matching(_ matches: @escaping @Sendable (String) -> Bool) -> ChannelPattern {
        ChannelPattern(matches: matches)
    }

    /// Whether a channel is meant.
    func covers(_ channel: ChannelName) -> Bool {
        matches(channel.rawValue)
    }
}
