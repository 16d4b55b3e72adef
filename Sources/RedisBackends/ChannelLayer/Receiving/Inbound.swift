import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis
import Synchronization

/// What arrives for this process, from the relay and from its mailbox: decoded, and handed to whom it concerns.
///
/// Channels that are received from have their messages put into the inbox; everything else is the receiver's. What a
/// relay publishes comes on its event loop, what is in a mailbox from its reader's task, each in the order of arrival.
/// What is not a message costs a counter and at most one log line a minute.
final class Inbound: Sendable {
    private let keys: RedisKeys
    private let wire: WireFormat
    private let own: String
    private let inbox: ChannelInbox
    /// Django's core layer refuses encrypted messages that are older.
    private let maximumAge: Duration
    let logger: Logger
    private let limiter = LogLimiter()
    private let state: LayerState
    private let selection: HostSelection
    private let histories: HistoryLimits
    private let probeChannel: String
    /// What other fronts tell this one.
    private let notices: String
    let context: LayerContext
    private let receiver = Mutex<(any ChannelLayerReceiver)?>(nil)

    /// Makes it for the process whose channels begin with `front` and a `!`.
    init(front: String, inbox: ChannelInbox, context: LayerContext) {
        own = front + "!"
        keys = context.hosts.keys
        wire = context.configuration.wire
        maximumAge = context.configuration.expiry + .seconds(10)
        logger = context.logger
        histories = context.configuration.histories
        state = context.state
        self.context = context
        probeChannel = context.hosts.keys.probe(of: context.name)
        selection = context.hosts.selection
        notices = context.hosts.keys.notices(to: context.name)
        self.inbox = inbox
    }

    func attach(_ receiver: any ChannelLayerReceiver) {
        self.receiver.withLock { $0 = receiver }
    }

    /// Who takes the messages; `nil` before there is somebody.
    var attached: (any ChannelLayerReceiver)? { receiver.withLock { $0 } }

    /// Takes what was published on one host: to a group, by the pub/sub layer to one channel, or by this process
    /// itself.
    func receive(_ publication: RedisPublication, from host: Int) {
        do {
            switch publication.topic {
            case .channel(let name):
                guard let group = keys.group(ofRelay: name) else { return }
                let (published, excluded) = try wire.decodeRelay(publication.payload.span)
                let message = published.unbound(from: histories.limit(of: group) == nil ? nil : group)
                let placement = selection.placement(of: group)
                let verdict = state.withLock { state in
                    state.hosts[placement.members].announcements.heard(message, in: group, now: .now)
                    let hasMembers = state.membership[placement].isPopulated(group)
                    return state.hosts[host].following.heard(message.id, in: group, hasMembers: hasMembers)
                }
                guard verdict == .deliver else { return }
                inbox.deliver(message, group: group, excluding: excluded)
                attached?.receive(message, group: group, excluding: excluded)
            case .pattern where publication.channel == notices:
                switch try Notice(decoding: publication.payload) {
                case .counts(let groups): context.announceAgain(groups)
                }
            case .pattern:
                guard publication.channel != probeChannel else {
                    hear(probe: publication.payload, from: host)
                    return
                }
                let message = try wire.decode(publication.payload.span)
                deliver(message, to: [try ChannelName(publication.channel)])
            }
        } catch {
            drop(error, from: publication.channel, bytes: publication.payload.count)
        }
    }

    /// Hands over what was read of a group's history, as if it had been heard.
    func handOver(_ message: Message, to group: GroupName) {
        inbox.deliver(message, group: group, excluding: nil)
        attached?.receive(message, group: group, excluding: nil)
    }

    /// Takes an entry of this process' mailbox.
    func receive(entry: [UInt8]) {
        do {
            let entry = try MailboxEntry(decoding: entry.span, format: wire, maximumAge: maximumAge)
            if entry.invalidNames > 0 { LayerMetrics.strayNames.increment(by: entry.invalidNames) }
            if entry.channels.isEmpty { LayerMetrics.nobodyNamed.increment() }
            deliver(entry.message, to: entry.channels)
        } catch {
            drop(error, from: keys.prefix + own, bytes: entry.count)
        }
    }

    /// The message in an entry of a general channel; `nil` for what is not a message.
    func message(in entry: [UInt8], of channel: ChannelName) -> Message? {
        do {
            return try MailboxEntry(decoding: entry.span, format: wire, maximumAge: maximumAge).message
        } catch {
            drop(error, from: keys.mailbox(of: channel), bytes: entry.count)
            return nil
        }
    }

    private func deliver(_ message: Message, to channels: [ChannelName]) {
        // What is sent to a channel is in no group's history.
        let message = message.unbound(from: nil)
        let mine = channels.filter { $0.rawValue.hasPrefix(own) }
        if mine.count < channels.count { LayerMetrics.strayNames.increment(by: channels.count - mine.count) }
        let received = mine.filter(\.isReceived)
        if !received.isEmpty { inbox.deliver(message, channels: known(received)) }
        guard received.count < mine.count else { return }
        let connections = received.isEmpty ? mine : mine.filter { !$0.isReceived }
        attached?.receive(message, channels: connections)
    }

    /// Those that were ever made: nothing is kept for names that somebody invents.
    private func known(_ channels: [ChannelName]) -> [ChannelName] {
        let next = state.withLock(\.nextSerial)
        let known = channels.filter { channel in
            guard let serial = UInt64(channel.rawValue.dropFirst(own.count + 1)), serial < next else { return false }
            return channel == ChannelName(front: String(own.dropLast()), received: serial)
        }
        if known.count < channels.count { LayerMetrics.strayNames.increment(by: channels.count - known.count) }
        return known
    }

    private func drop(_ error: any Error, from source: String, bytes: Int) {
        LayerMetrics.badMessages.increment()
        guard let held = limiter.admit() else { return }
        logger.warning(
            "dropped what is not a message; find out who writes it to Redis",
            metadata: [
                "redis_key": "\(source.debugDescription.prefix(120))", "bytes": "\(bytes)", "error": "\(error)",
                "held_back": "\(held)",
            ]
        )
    }
}
