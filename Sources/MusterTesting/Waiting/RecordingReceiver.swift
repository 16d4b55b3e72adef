public import ChannelLayers
public import Messages

/// Takes a channel layer's messages and keeps them, for a test to look at.
///
/// Safe from any thread. It keeps the first 100,000 messages and counts the others in `dropped`.
public final class RecordingReceiver: ChannelLayerReceiver {
    private struct Record: Sendable {
        var groups: [GroupName: [Message]] = [:]
        var exclusions: [GroupName: [ChannelName?]] = [:]
        var channels: [ChannelName: [Message]] = [:]
        var gaps: [[GroupName]] = []
        var count = 0
        var dropped = 0

        /// Whether there is room for one more.
        mutating func admit() -> Bool {
            guard count < RecordingReceiver.capacity else {
                dropped += 1
                return false
            }
            count += 1
            return true
        }
    }

    private static let capacity = 100_000
    private let record = Watched(Record())

    /// Makes a receiver that has got nothing yet.
    public init() {}

    /// Keeps a group's message.
    public func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        record.update { record in
            guard record.admit() else { return }
            record.groups[group, default: []].append(message)
            record.exclusions[group, default: []].append(excluded)
        }
    }

    /// Keeps a message for each of the channels.
    public func receive(_ message: Message, channels: [ChannelName]) {
        record.update { record in
            for channel in channels where record.admit() { record.channels[channel, default: []].append(message) }
        }
    }

    /// Keeps the groups in which messages may have been missed.
    public func gap(in groups: [GroupName]) {
        record.update { record in
            if record.admit() { record.gaps.append(groups) }
        }
    }

    /// The gaps so far, in order, each with its groups.
    public var gaps: [[GroupName]] { record.read(\.gaps) }

    /// How many messages came when the receiver was full.
    public var dropped: Int { record.read(\.dropped) }

    /// What came for a group so far, in order.
    ///
    /// - Parameter group: The group.
    /// - Returns: The messages.
    public func messages(to group: GroupName) -> [Message] {
        record.read { $0.groups[group] ?? [] }
    }

    /// Who was not to get the messages that came for a group so far, in their order.
    ///
    /// - Parameter group: The group.
    /// - Returns: For each message the excluded member, or `nil` for none.
    public func exclusions(in group: GroupName) -> [ChannelName?] {
        record.read { $0.exclusions[group] ?? [] }
    }

    /// What came for a channel so far, in order.
    ///
    /// - Parameter channel: The channel.
    /// - Returns: The messages.
    public func messages(to channel: ChannelName) -> [Message] {
        record.read { $0.channels[channel] ?? [] }
    }

    /// Waits for a group's messages.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - timeout: How long at most.
    ///   - isEnough: Whether what came so far is what is waited for.
    /// - Returns: What had come when it was enough, or when the time was up.
    public func messages(
        to group: GroupName,
        timeout: Duration,
        until isEnough: @escaping @Sendable ([Message]) -> Bool
    ) async -> [Message] {
        let found = await record.wait(timeout: timeout) { record in
            let messages = record.groups[group] ?? []
            return isEnough(messages) ? messages : nil
        }
        return found ?? messages(to: group)
    }

    /// Waits for a channel's messages.
    ///
    /// - Parameters:
    ///   - channel: The channel.
    ///   - timeout: How long at most.
    ///   - isEnough: Whether what came so far is what is waited for.
    /// - Returns: What had come when it was enough, or when the time was up.
    public func messages(
        to channel: ChannelName,
        timeout: Duration,
        until isEnough: @escaping @Sendable ([Message]) -> Bool
    ) async -> [Message] {
        let found = await record.wait(timeout: timeout) { record in
            let messages = record.channels[channel] ?? []
            return isEnough(messages) ? messages : nil
        }
        return found ?? messages(to: channel)
    }
}
