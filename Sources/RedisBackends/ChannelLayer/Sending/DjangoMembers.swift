import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis

/// The members of a group that live in processes with `channels_redis`' core layer, and how to reach them.
///
/// They hear no relay: a message goes into the mailbox of each such process, once, with the names of its members. Their
/// scores are joining times without `MemberScore.offset`.
struct DjangoMembers: Sendable {
    let mailboxes: MailboxSender
    let wire: WireFormat
    let capacities: ChannelCapacities
    let groupExpiry: Duration
    let logger: Logger
    let limiter = LogLimiter()

    /// The command that lists them; a member older than the group's expiry counts as dead, as in Django.
    func query(_ group: GroupName) -> RedisCommand {
        let oldest = Int(WallClock.now) - Int(groupExpiry.components.seconds)
        return RedisCommand(
            "ZRANGEBYSCORE",
            RedisArgument(mailboxes.hosts.keys.members(of: group)),
            RedisArgument(oldest),
            "(\(MemberScore.boundary)"
        )
    }

    /// Sends a message to those whom the query's reply lists.
    ///
    /// The others have it already: one process that has no room, a host that is away, or a list that cannot be had
    /// costs a counter and a log line.
    func send(
        _ message: Message,
        to listed: Result<RedisReply, ChannelLayerError>,
        of group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) -> GroupSendReport {
        let elements: [RedisReply]
        switch listed {
        case .success(let reply):
            if let text = reply.errorText {
                return refused("could not list a group's Django members", group, text)
            }
            elements = reply.elements ?? []
        case .failure(let error):
            return refused("could not list a group's Django members", group, error.message)
        }
        let members = elements.compactMap { ChannelName($0) }.filter { $0 != excluded }
        var report = GroupSendReport()
        guard !members.isEmpty else { return report }
        for (host, letters) in try letters(message, to: members) {
            do {
                let outcomes = try await mailboxes.send(letters, to: host)
                count(outcomes, group)
                report.mailboxes += outcomes.count { $0 == .taken }
                report.missed += outcomes.count { $0 != .taken }
            } catch {
                report.missed += letters.count
                refused("could not reach mailboxes of a group's Django members", group, error.message, letters.count)
            }
        }
        return report
    }

    private func letters(
        _ message: Message,
        to members: [ChannelName]
    ) throws(ChannelLayerError) -> [Int: [MailboxSender.Letter]] {
        var letters: [Int: [MailboxSender.Letter]] = [:]
        let hosts = mailboxes.hosts
        do {
            let encoder = try MailboxEntryEncoder(message, format: wire)
            for (_, channels) in Dictionary(grouping: members, by: \.nonLocal) {
                let letter = MailboxSender.Letter(
                    mailbox: hosts.keys.mailbox(of: channels[0]),
                    capacity: capacities.capacity(of: channels[0]),
                    entry: try encoder.entry(toMembers: channels)
                )
                letters[hosts.selection.mailbox(of: channels[0]), default: []].append(letter)
            }
        } catch {
            throw ChannelLayerError(error)
        }
        return letters
    }

    private func count(_ outcomes: [MailboxSender.Outcome], _ group: GroupName) {
        for outcome in outcomes {
            switch outcome {
            case .taken: break
            case .full: LayerMetrics.fullMailboxes.increment()
            case .refused(let text):
                refused("Redis refused to write to the mailbox of a group's Django members", group, text)
            }
        }
    }

    @discardableResult
    private func refused(
        _ what: String,
        _ group: GroupName,
        _ text: String,
        _ mailboxes: Int = 1
    ) -> GroupSendReport {
        LayerMetrics.refusedMailboxes.increment(by: mailboxes)
        let report = GroupSendReport(missed: mailboxes)
        guard let held = limiter.admit() else { return report }
        logger.warning("\(what)", metadata: ["group": "\(group)", "error": "\(text)", "held_back": "\(held)"])
        return report
    }
}
