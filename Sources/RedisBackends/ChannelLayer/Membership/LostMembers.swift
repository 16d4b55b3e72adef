import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Notices that one host has lost a group by itself, by an eviction or somebody's DEL, although members live on.
///
/// It asks for a few of this process' members of a few groups every now and then, one group after the other, so its
/// cost does not depend on how many there are.
struct LostMembers: Sendable {
    /// How many groups are asked about at a time.
    private static let groupLimit = 32
    /// How many members of each: not one alone, which may have joined since.
    private static let sampleLimit = 3

    let host: Int
    let context: LayerContext

    /// Asks until the task is cancelled.
    func run() async {
        // With the default heartbeat each 10 s.
        let interval = context.configuration.heartbeat * 5
        var rest: ArraySlice<GroupName> = []
        do {
            while true {
                try await Task.sleep(for: interval)
                guard context.mayWrite(to: host) else { continue }
                if rest.isEmpty { rest = context.state.withLock { $0.membership.populatedGroups(members: host) }[...] }
                await ask(rest.prefix(Self.groupLimit))
                rest = rest.dropFirst(Self.groupLimit)
            }
        } catch {
            // Cancelled: the layer is shutting down.
        }
    }

    private func ask(_ groups: ArraySlice<GroupName>) async {
        let selection = context.hosts.selection
        let samples = context.state.withLock { state in
            groups.map { group in
                let table = state.membership[selection.placement(of: group)]
                return (group: group, channels: table.sample(of: group, limit: Self.sampleLimit))
            }
        }.filter { !$0.channels.isEmpty }
        guard !samples.isEmpty else { return }
        let commands = samples.map { group, channels in
            let key = RedisArgument(context.hosts.keys.members(of: group))
            return RedisCommand("ZMSCORE", [key] + channels.map { RedisArgument($0.rawValue) })
        }
        do {
            for (sample, reply) in zip(samples, try await context.hosts.send(commands, to: host)) {
                let missing = zip(sample.channels, reply.elements ?? []).filter { $1.isNull }.map(\.0)
                if !missing.isEmpty { note(missing, in: sample.group) }
            }
        } catch {
            context.logger.debug("members not asked for, next time", metadata: ["error": "\(error)"])
        }
    }

    private func note(_ missing: [ChannelName], in group: GroupName) {
        let placement = context.hosts.selection.placement(of: group)
        let isLost = context.state.withLock { state in
            let isLost = state.membership[placement].missed(missing, in: group)
            if isLost { state.hosts[host].announcements.requestAgain(group, now: .now) }
            return isLost
        }
        guard isLost else { return }
        LayerMetrics.lostGroups.increment()
        let key = context.hosts.keys.members(of: group)
        context.warn(.membersLost, key: key, "evicted, or deleted")
        context.writing[host].wake()
    }
}
