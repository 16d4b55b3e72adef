import ChannelLayers
import Redis

/// Which Django processes nobody reads for, as far as Redis shows it.
struct DjangoMailboxes {
    /// Processes whose mailbox has gone unread, or whose channel nobody subscribes to.
    private(set) var unread: Set<String> = []
    /// Processes whose mailbox is empty: it may have been read a moment ago, or there was nothing to read.
    private(set) var undecided: Set<String> = []
    private let hosts: RedisHosts

    init(hosts: RedisHosts) {
        self.hosts = hosts
    }

    /// Looks at the mailboxes of those who have members in these groups.
    ///
    /// - Parameters:
    ///   - tallies: The groups.
    ///   - unreadFor: How old the oldest message has to be.
    /// - Throws: `ChannelLayerError` if a host cannot be asked.
    mutating func judge(_ tallies: [GroupTally], unreadFor: Duration) async throws(ChannelLayerError) {
        let processes = tallies.reduce(into: Set<String>()) { $0.formUnion($1.core.keys) }
        let channels = tallies.reduce(into: Set<ChannelName>()) { $0.formUnion($1.pubSub) }
        let limit = Double(unreadFor.components.seconds)
        for host in hosts.clients.indices {
            let clock = try await hosts.clock(of: host)
            let mine = processes.filter { mailbox(of: $0)?.host == host }.sorted()
            let oldest = mine.map {
                RedisCommand("ZRANGE", RedisArgument(mailbox(of: $0)?.key ?? ""), "0", "0", "WITHSCORES")
            }
            let what = "tell how old a mailbox is"
            let replies = try await hosts.answers(to: oldest, on: host, what, wrongTypeIsEmpty: true)
            for (process, reply) in zip(mine, replies) {
                guard let written = reply.elements?.last?.double else {
                    undecided.insert(process)
                    continue
                }
                if clock - written >= limit { unread.insert(process) }
            }
            let subscribed = channels.filter { hosts.selection.publication(to: $0) == host }.map(\.rawValue).sorted()
            for slice in subscribed.slices(of: SlicedReading.slice) {
                let counts = RedisCommand("PUBSUB", ["NUMSUB"] + slice.map { RedisArgument($0) })
                let answers = try await hosts.answers(to: [counts], on: host, "count subscribers")[0].elements ?? []
                for index in stride(from: 0, to: answers.count - 1, by: 2) where answers[index + 1].int == 0 {
                    if let name = answers[index].string { unread.insert(name) }
                }
            }
        }
    }

    private func mailbox(of process: String) -> (key: String, host: Int)? {
        guard let channel = try? ChannelName(process) else { return nil }
        return (hosts.keys.mailbox(of: channel), hosts.selection.mailbox(of: channel))
    }
}
