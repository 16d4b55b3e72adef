import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Looks through what one host holds of this process, and has removed what is not wanted.
///
/// It looks into every group that has members here, and every group that the host lists for this process, a slice at a
/// time. What it finds goes to the membership table, which is the authority, and leaves Redis with the next batch.
struct StaleMembers: Sendable {
    /// How many groups one write looks into; the commands of one write keep Redis from its other work.
    private static let sliceLimit = 8
    /// How many members, or listed groups, one command looks at.
    private static let scanCount = 250

    let host: Int
    let context: LayerContext

    private var client: RedisClient { context.hosts.clients[host] }
    private var keys: RedisKeys { context.hosts.keys }

    /// Looks whenever the host is in doubt, until the task is cancelled.
    func run() async {
        var schedule = SweepSchedule(lease: context.configuration.lease)
        await context.reconciling[host].run { await visit(&schedule) }
    }

    private func visit(_ schedule: inout SweepSchedule) async -> ContinuousClock.Instant? {
        let (round, isWanted) = context.state.withLock { state in
            let reconciliation = state.hosts[host].reconciliation
            return (reconciliation.round, reconciliation.awaitsSweep != nil)
        }
        switch schedule.step(now: .now, mayLook: context.mayWrite(to: host), isWanted: isWanted) {
        case .wait(let next): return next
        case .sweep(let writesFirst): if writesFirst { writeAgain() }
        }
        do {
            // What has overtaken it wakes this loop.
            guard try await sweep(round) else { return nil }
            return schedule.swept(round, wasWanted: isWanted, now: .now)
        } catch let error where error.code == .refused {
            note(refusal: error.message)
            return .now + RedisChannelLayer.refusalPause
        } catch {
            context.logger.debug("stale members not looked for, trying again", metadata: ["error": "\(error)"])
            return .now + .milliseconds(250)
        }
    }

    /// Writes everything once more, when nothing that was sent before the doubt can be on its way any longer.
    ///
    /// What a lost connection had taken may reach Redis after all, later than what the new one wrote; another process
    /// may have been about to take a member, or a group's listing, away. Readiness does not wait for this.
    private func writeAgain() {
        context.state.withLock { state in
            state.membership.markAllChanged(members: host)
            state.hosts[host].announcements.requestAll(now: .now)
        }
        context.writing[host].wake()
    }

    private func note(refusal: String) {
        context.state.withLock { state in
            state.hosts[host].reconciliation.obstacle = refusal
            // Without the right to look nothing will ever be known, and what waits for that would only grow.
            if refusal.contains("NOPERM") { state.membership.endDoubt(members: host) }
        }
        context.warn(.lookingRefused, key: keys.scanPattern, refusal)
        context.writing[host].wake()
    }

    /// Looks everywhere; returns whether it could before there was another reason to look, or the layer ended.
    private func sweep(_ round: Int) async throws(ChannelLayerError) -> Bool {
        var rest = context.state.withLock { $0.membership.knownGroups(members: host) }
        let listing = RedisArgument(keys.groups(of: context.name))
        var cursor = ScanCursor()
        repeat {
            guard !Task.isCancelled else { return false }
            let scan = cursor.command("ZSCAN", listing, "COUNT", RedisArgument(Self.scanCount))
            let names = try cursor.advance(try await context.hosts.send(scan, to: host))
            let groups = names.compactMap { GroupName($0) }
                .filter { context.hosts.selection.members(of: $0) == host }
            guard try await search(groups, round, areListed: true) else { return false }
            rest.subtract(groups)
        } while !cursor.isDone
        guard try await search(Array(rest), round, areListed: false) else { return false }
        defer { context.writing[host].wake() }
        return context.state.withLock { state in
            guard state.hosts[host].reconciliation.round == round else { return false }
            state.membership.endDoubt(members: host)
            state.hosts[host].reconciliation.swept(round)
            return true
        }
    }

    private func search(
        _ groups: [GroupName],
        _ round: Int,
        areListed: Bool
    ) async throws(ChannelLayerError) -> Bool {
        for start in stride(from: 0, to: groups.count, by: Self.sliceLimit) {
            guard !Task.isCancelled else { return false }
            guard context.state.withLock({ $0.hosts[host].reconciliation.round }) == round else { return false }
            let slice = groups[start..<min(start + Self.sliceLimit, groups.count)]
            guard try await search(slice, areListed: areListed) else { return false }
        }
        return true
    }

    private func search(_ groups: ArraySlice<GroupName>, areListed: Bool) async throws(ChannelLayerError) -> Bool {
        let pattern = RedisArgument(keys.memberPattern(of: context.name))
        var searches = groups.map { Search(group: $0) }
        while !searches.isEmpty {
            guard !Task.isCancelled else { return false }
            let scans = searches.map { search in
                let key = RedisArgument(keys.members(of: search.group))
                return search.cursor.command("ZSCAN", key, "MATCH", pattern, "COUNT", RedisArgument(Self.scanCount))
            }
            let replies = try await context.hosts.send(scans, to: host)
            for (index, reply) in zip(searches.indices, replies) {
                if let text = reply.errorText {
                    // A key of the wrong type holds no members.
                    guard text.hasPrefix("WRONGTYPE") else {
                        throw ChannelLayerError(refused: text, "look through \(searches[index].group)")
                    }
                    searches[index].cursor.finish()
                } else {
                    let members = try searches[index].cursor.advance(reply).compactMap { ChannelName($0) }
                    searches[index].hasMembers = searches[index].hasMembers || !members.isEmpty
                    note(members, in: searches[index].group)
                }
            }
            for search in searches where search.cursor.isDone && areListed && !search.hasMembers {
                noteEmpty(search.group)
            }
            searches.removeAll { $0.cursor.isDone }
        }
        return true
    }

    /// One group that is looked into.
    private struct Search {
        let group: GroupName
        var cursor = ScanCursor()
        var hasMembers = false
    }

    private func note(_ members: [ChannelName], in group: GroupName) {
        let placement = context.hosts.selection.placement(of: group)
        let stale = context.state.withLock { state in
            let stale = members.count { state.membership[placement].found($0, in: group) }
            if stale > 0 { state.hosts[host].announcements.requestAgain(group, now: .now) }
            return stale
        }
        guard stale > 0 else { return }
        LayerMetrics.staleMembers.increment(by: stale)
        context.writing[host].wake()
    }

    private func noteEmpty(_ group: GroupName) {
        let placement = context.hosts.selection.placement(of: group)
        context.state.withLock { $0.membership[placement].foundListed(group) }
        context.writing[host].wake()
    }
}
