/// The name of one run of a process: the part between `specific.` and `!` of its channels' names.
package struct FrontName: Sendable, Hashable, CustomStringConvertible {
    /// What every process' part begins with, as `channels_redis` writes it.
    private static let mark = "specific."

    /// The name, by which operators know it too.
    package let rawValue: String

    /// Makes a name that no other process has.
    package static func random() -> FrontName {
        FrontName(ProcessIdentifier.random())
    }

    package init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    /// The process that a channel belongs to; `nil` for a general channel.
    package init?(of channel: ChannelName) {
        guard !channel.isGeneral, channel.rawValue.hasPrefix(Self.mark) else { return nil }
        rawValue = String(channel.nonLocal.dropFirst(Self.mark.count).dropLast())
    }

    /// What the names of its channels begin with, before the `!`.
    package var channelPrefix: String { Self.mark + rawValue }

    package var description: String { rawValue }
}
