import ChannelLayers
import Logging
import Redis

/// Keeps the groups of this process on one host from expiring.
///
/// A group that lives longer than its expiry would vanish from under its members: it is renewed well before.
struct GroupExpiries: Sendable {
    /// How many groups are renewed in one write.
    private static let sliceLimit = 500

    let host: Int
    let context: LayerContext

    /// Renews until the task is cancelled.
    func run() async {
        let interval = context.configuration.groupExpiry / 4
        do {
            while true {
                try await Task.sleep(for: interval)
                let groups = context.state.withLock { $0.membership.populatedGroups(members: host) }
                for start in stride(from: 0, to: groups.count, by: Self.sliceLimit) {
                    guard !Task.isCancelled else { return }
                    await renew(groups[start..<min(start + Self.sliceLimit, groups.count)])
                }
            }
        } catch {
            // Cancelled: the layer is shutting down.
        }
    }

    private func renew(_ groups: ArraySlice<GroupName>) async {
        let keys = context.hosts.keys
        let seconds = RedisArgument(Int(context.configuration.groupExpiry.components.seconds))
        do {
            let replies = try await context.hosts.send(
                groups.map { RedisCommand("EXPIRE", RedisArgument(keys.members(of: $0)), seconds) },
                to: host
            )
            let gone = zip(groups, replies).filter { $1.int == 0 }.map(\.0)
            guard !gone.isEmpty else { return }
            // Somebody has deleted groups that have members here.
            context.state.withLock { state in
                for group in gone {
                    state.membership[context.hosts.selection.placement(of: group)].markChanged(group)
                    state.hosts[host].announcements.requestAgain(group, now: .now)
                }
            }
            context.writing[host].wake()
        } catch {
            context.logger.debug("expiry not renewed, next time", metadata: ["error": "\(error)"])
        }
    }
}
