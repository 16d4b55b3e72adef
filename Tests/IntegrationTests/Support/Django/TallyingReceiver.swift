import ChannelLayers
import Messages
import Synchronization

/// Takes a layer's messages as a front does and keeps account of them by channel.
final class TallyingReceiver: ChannelLayerReceiver {
    private struct State: Sendable {
        var members: [GroupName: [ChannelName]] = [:]
        var tallies: [ChannelName: ChannelTally] = [:]
    }

    private let state = Mutex(State())

    /// Lets a channel share in what comes for a group.
    func expect(_ channel: ChannelName, in group: GroupName) {
        state.withLock { $0.members[group, default: []].append(channel) }
    }

    func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        state.withLock { state in
            for member in state.members[group] ?? [] where member != excluded {
                state.tallies[member, default: ChannelTally()].add(message)
            }
        }
    }

    func receive(_ message: Message, channels: [ChannelName]) {
        state.withLock { state in
            for channel in channels { state.tallies[channel, default: ChannelTally()].add(message) }
        }
    }

    /// What has come to a channel so far.
    func collected(_ channel: ChannelName) -> ChannelSummary {
        state.withLock { $0.tallies[channel]?.summary ?? ChannelSummary() }
    }

    /// Waits until so many messages have come to a channel; returns what there is then, or when the time is up.
    func collected(
        _ channel: ChannelName,
        count: Int,
        timeout: Duration = .seconds(30)
    ) async throws -> ChannelSummary {
        try await summary(of: count, timeout: timeout) { collected(channel) }
    }
}
