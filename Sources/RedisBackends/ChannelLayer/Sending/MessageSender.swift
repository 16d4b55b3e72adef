package import ChannelLayers
import CoreMetrics
package import Logging
package import Messages
import Redis
import Synchronization

/// Sends messages to groups and channels of every kind of process, without being a member of anything.
///
/// - Fronts and processes with the pub/sub layer hear a group's relay channel.
/// - Members in processes with the core layer get theirs through the mailbox of their process.
/// - A channel with a `!` is reached through the mailbox of its process, whether that is Django's or a front.
/// - A channel that a process with the pub/sub layer made is a Redis channel of the same name.
/// - Any other name is a work queue, which is where the core layer looks; if processes with the pub/sub layer listen to
///   it now, they get it instead.
package final class MessageSender: Sendable {
    let hosts: RedisHosts
    let wire: WireFormat
    let histories: HistoryLimits
    /// Makes ids for messages that a script cannot give one.
    let ids = ChosenIDs()
    private let capacities: ChannelCapacities
    private let mailboxes: MailboxSender
    let djangoMembers: DjangoMembers
    private let logger: Logger
    private let nextQueueHost = Atomic<Int>(0)

    package init(hosts: RedisHosts, configuration: RedisChannelLayerConfiguration, logger: Logger) {
        self.hosts = hosts
        self.logger = logger
        wire = configuration.wire
        histories = configuration.histories
        capacities = configuration.capacities
        mailboxes = MailboxSender(hosts: hosts, expiry: configuration.expiry)
        djangoMembers = DjangoMembers(
            mailboxes: mailboxes,
            wire: configuration.wire,
            capacities: configuration.capacities,
            groupExpiry: configuration.groupExpiry,
            logger: logger
        )
    }

    // MARK: - To groups

    /// Sends a message to every member of a group but the excluded one.
    @discardableResult
    package func send(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) -> GroupSendReport {
        // An id says that a message is recorded.
        let message = message.identified(as: nil)
        let payload = try payload(message, excluding: excluded)
        let query = djangoMembers.query(group)
        let publish = RedisCommand("PUBLISH", RedisArgument(hosts.keys.relay(of: group)), RedisArgument(payload))
        let placement = hosts.selection.placement(of: group)
        let members: Result<RedisReply, ChannelLayerError>
        let heard: RedisReply
        if placement.members == placement.relay {
            let replies = try await hosts.send([query, publish], to: placement.relay)
            (members, heard) = (.success(replies[0]), replies[1])
        } else {
            async let listed = hosts.result(of: query, on: placement.members)
            async let published = hosts.result(of: publish, on: placement.relay)
            heard = try await published.get()
            members = await listed
        }
        if let text = heard.errorText { throw ChannelLayerError(refused: text, "publish to \(group)") }
        var report = try await djangoMembers.send(message, to: members, of: group, excluding: excluded)
        report.listeners = heard.int ?? 0
        return report
    }

    // MARK: - To channels

    /// Sends a message to one channel.
    package func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        if !channel.isGeneral {
            try await post(message, to: channel, on: hosts.selection.mailbox(of: channel))
        } else if hosts.keys.isPubSubChannel(channel) {
            if try await publish(message, to: channel) == 0 { LayerMetrics.nobodyListens.increment() }
        } else if await hasListeners(channel), try await publish(message, to: channel) > 0 {
            // Those with the pub/sub layer have it.
        } else {
            // As Channels does: the hosts in turn.
            let turn = nextQueueHost.wrappingAdd(1, ordering: .relaxed).oldValue
            try await post(message, to: channel, on: Int(UInt(bitPattern: turn) % UInt(hosts.clients.count)))
        }
    }

    private func post(_ message: Message, to channel: ChannelName, on host: Int) async throws(ChannelLayerError) {
        let letter = MailboxSender.Letter(
            mailbox: hosts.keys.mailbox(of: channel),
            capacity: capacities.capacity(of: channel),
            entry: try entry(message, to: channel)
        )
        switch try await mailboxes.send([letter], to: host)[0] {
        case .taken:
            break
        case .full:
            throw ChannelLayerError(
                code: .channelFull,
                message: """
                    \(letter.capacity) messages wait in \(letter.mailbox) already: its reader is too slow or gone; \
                    send again later, or raise the capacity
                    """
            )
        case .refused(let text):
            throw ChannelLayerError(refused: text, "write to \(letter.mailbox)")
        }
    }

    private func publish(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) -> Int {
        let payload = try payload(message)
        let command = RedisCommand("PUBLISH", RedisArgument(channel.rawValue), RedisArgument(payload))
        return try await hosts.send(command, to: hosts.selection.publication(to: channel)).int ?? 0
    }

    private func payload(
        _ message: Message,
        excluding excluded: ChannelName? = nil
    ) throws(ChannelLayerError) -> [UInt8] {
        do {
            return try wire.encode(message, excluding: excluded)
        } catch {
            throw ChannelLayerError(error)
        }
    }

    private func entry(_ message: Message, to channel: ChannelName) throws(ChannelLayerError) -> [UInt8] {
        do {
            return try MailboxEntryEncoder(message, format: wire).entry(to: channel)
        } catch {
            throw ChannelLayerError(error)
        }
    }

    /// Whether processes with the pub/sub layer listen to a channel that belongs to no process.
    private func hasListeners(_ channel: ChannelName) async -> Bool {
        let command = RedisCommand("PUBSUB", "NUMSUB", RedisArgument(channel.rawValue))
        do {
            let reply = try await hosts.send(command, to: hosts.selection.publication(to: channel))
            return reply.elements?.last?.int ?? 0 > 0
        } catch {
            // Whether anybody listens cannot be known: the queue keeps the message.
            logger.debug("listeners not counted", metadata: ["channel": "\(channel)", "error": "\(error)"])
            return false
        }
    }
}
