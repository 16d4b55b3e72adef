import ChannelLayers
import Logging
import Redis

/// Does something about what a check-up found.
struct Remedy: Sendable {
    let hosts: RedisHosts
    let context: LayerContext
    private let sender: MessageSender

    /// Acts as a process of its own, of which Redis knows only what it claims.
    init(hosts: RedisHosts, configuration: RedisChannelLayerConfiguration, logger: Logger) {
        self.hosts = hosts
        context = LayerContext(name: .random(), hosts: hosts, configuration: configuration, logger: logger)
        sender = MessageSender(hosts: hosts, configuration: configuration, logger: logger)
    }

    /// Removes what is provably dead, and asks the living to write what is missing.
    func treat(_ checkup: Checkup) async throws(ChannelLayerError) -> Treatment {
        var treatment = Treatment()
        for host in hosts.clients.indices {
            for front in checkup.deadFronts.sorted(by: { $0.rawValue < $1.rawValue }) {
                guard let traces = Traces(of: front, on: host, in: checkup) else { continue }
                do throws(ChannelLayerError) {
                    if try await clearUp(front, traces, on: host) {
                        treatment.clearedUp.insert(front)
                    } else {
                        treatment.left.insert(front)
                    }
                } catch  where error.code == .refused {
                    // One front's key that is of the wrong type keeps nobody from the others.
                    treatment.refused[front] = error.message
                }
            }
        }
        for place in checkup.driftingFronts {
            if try await ask(place) { treatment.asked.insert(place.front) }
        }
        for finding in checkup.findings where !finding.unread.isEmpty {
            treatment.djangoMembers += try await removeUnread(finding)
        }
        treatment.clearedUp.subtract(treatment.left)
        treatment.clearedUp.subtract(treatment.refused.keys)
        return treatment
    }

    /// What a dead front has left on one host.
    private struct Traces {
        var groups: [GroupName] = []
        var peoplesGroups: [GroupName] = []

        /// `nil` if there is nothing.
        init?(of front: FrontName, on host: Int, in checkup: Checkup) {
            let findings = checkup.findings.filter { $0.host == host }
            groups = findings.filter { $0.dead[front] != nil }.map(\.group)
            peoplesGroups = findings.filter { $0.deadPeople[front] != nil }.map(\.group)
            let isClean = !checkup.leftovers.contains { $0.front == front && $0.host == host }
            if isClean, groups.isEmpty, peoplesGroups.isEmpty { return nil }
        }
    }

    /// Lists what was found where a reaper looks, and does a reaper's work.
    ///
    /// - Returns: Whether all of it is gone; not if another reaper is at it, or the front is back.
    /// - Throws: What Redis refuses, or that it is away.
    private func clearUp(
        _ front: FrontName,
        _ traces: Traces,
        on host: Int
    ) async throws(ChannelLayerError) -> Bool {
        // A front that comes back writes its listing again, as its lease was claimed.
        // Something may have come after an earlier clean-up.
        let claim = FrontClaim(front: front, host: host, context: context)
        guard case .taken = try await claim.take(again: true) else { return false }
        let listing = RedisArgument(hosts.keys.groups(of: front))
        let peoplesListing = RedisArgument(hosts.keys.peoplesGroups(of: front))
        let commands =
            traces.groups.map { RedisCommand("ZADD", listing, "NX", "0", RedisArgument($0.rawValue)) }
            + traces.peoplesGroups.map { RedisCommand("HSETNX", peoplesListing, RedisArgument($0.rawValue), "") }
        let score = RedisCommand("ZSCORE", RedisArgument(hosts.keys.fronts), RedisArgument(front.rawValue))
        let listed = try await hosts.answers(to: commands + [score], on: host, "list what a dead front has left").last
        let lapsed = LapsedFront(name: front, score: listed?.bytes ?? Array("0".utf8))
        return try await Reaper(host: host, sender: sender, context: context).clearUp(lapsed)
    }

    /// Asks a front to write everything of its own again.
    private func ask(_ place: FrontPlace) async throws(ChannelLayerError) -> Bool {
        let key = RedisArgument(hosts.keys.front(place.front))
        let call = ScriptCall(LuaScripts.askFront, keys: [key], arguments: ["doctor"])
        let reply = try await hosts.evaluate([call], on: place.host)[0]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "ask front \(place.front)") }
        return reply.int == 1
    }

    /// Removes a group's members of Django processes that nobody reads for.
    private func removeUnread(_ finding: GroupFinding) async throws(ChannelLayerError) -> Int {
        let key = hosts.keys.members(of: finding.group)
        var removed = 0
        for process in finding.unread.keys.sorted() {
            // A process' channels begin with its name and a "!"; a channel without is all there is of its process.
            let match = process.hasSuffix("!") ? process + "*" : process
            var calls: [ScriptCall] = []
            try await SlicedReading(hosts: hosts).members(of: key, on: finding.host, match: match) { slice in
                let dead = slice.filter { $0.value.double.map { $0 < Double(MemberScore.boundary) } ?? false }
                guard !dead.isEmpty else { return }
                let pairs = dead.flatMap { [RedisArgument($0.name), RedisArgument($0.value.bytes ?? [])] }
                calls.append(ScriptCall(LuaScripts.removeMembers, keys: [RedisArgument(key)], arguments: pairs))
            }
            for call in calls {
                let reply = try await hosts.evaluate([call], on: finding.host)[0]
                if let text = reply.errorText { throw ChannelLayerError(refused: text, "remove Django's members") }
                removed += reply.int ?? 0
            }
        }
        let reaper = Reaper(host: finding.host, sender: sender, context: context)
        try await reaper.tell([finding.group], to: try await reaper.liveFronts())
        return removed
    }
}
