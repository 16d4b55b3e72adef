import DequeModule
public import Messages
import ServiceLifecycle
import Synchronization

/// The channel layer of a single process: no server, no other processes, the same guarantees.
public final class InMemoryChannelLayer: ChannelLayer {
    private enum Delivery: Sendable {
        case group(Message, GroupName, excluding: ChannelName?)
        case channel(Message, ChannelName)
    }

    private struct State {
        var groups: [GroupName: Set<ChannelName>] = [:]
        var announcements: CountAnnouncements
        var nextSerial: UInt64 = 1
        var receiver: (any ChannelLayerReceiver)?
        /// Messages on their way to the receiver.
        ///
        /// The first thread to find it idle hands them over, so it holds no more than what arrives during one hand-
        /// over, and their order is that of the sends.
        var outbox: Deque<Delivery> = []
        var isHandingOver = false
    }

    private let front: String
    private let state: Mutex<State>
    private let signal = WakeSignal()
    /// The channels of this process that are received from.
    private let inbox: ChannelInbox
    private let generalChannels: ChannelInbox

    /// Makes a layer with no groups.
    ///
    /// - Parameters:
    ///   - countWindow: The least time between two announcements of one group's count.
    ///   - capacities: How many messages may wait for a channel.
    ///   - expiry: How long a message waits before it is dropped.
    public init(
        countWindow: Duration = .milliseconds(50),
        capacities: ChannelCapacities = ChannelCapacities(),
        expiry: Duration = .seconds(60)
    ) {
        inbox = ChannelInbox(capacities: capacities, expiry: expiry)
        generalChannels = ChannelInbox(capacities: capacities, expiry: expiry)
        front = "specific.\(ProcessIdentifier.random())"
        state = Mutex(State(announcements: CountAnnouncements(window: countWindow)))
    }

    /// Announces counts whose window ends, until the task is cancelled or the service group shuts down.
    public func run() async {
        signal.wake()
        await withGracefulShutdownHandler {
            await signal.run { announceDue() }
        } onGracefulShutdown: {
            self.signal.finish()
        }
        inbox.close()
        generalChannels.close()
    }

    /// Makes the name of a channel to receive from.
    public func newChannel() -> ChannelName {
        state.withLock { state in
            defer { state.nextSerial += 1 }
            return ChannelName(front: front, received: state.nextSerial)
        }
    }

    /// Takes the next message of a channel.
    public func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message {
        if channel.isGeneral { return try await generalChannels.receive(channel) }
        guard channel.isReceived(by: front) else { throw ChannelLayerError(cannotReceiveFrom: channel) }
        return try await inbox.receive(channel)
    }

    /// Deletes every message that waits; all members are this process' own, and stay.
    public func flush() async throws(ChannelLayerError) {
        inbox.flush()
        generalChannels.flush()
    }

    /// Makes the name of a connection's channel.
    public func newConnectionChannel() -> ChannelName {
        state.withLock { state in
            defer { state.nextSerial += 1 }
            return ChannelName(front: front, serial: state.nextSerial)
        }
    }

    /// Puts a channel of this process into a group.
    public func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        // Both under one lock, so that they agree when the channel joins and leaves at the same time.
        state.withLock { state in
            state.groups[group, default: []].insert(channel)
            if channel.isReceived(by: front) { inbox.join(channel, to: group) }
        }
        whenDone(.success(()))
    }

    /// Takes a channel of this process out of groups.
    public func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) {
        state.withLock { state in
            for group in groups {
                if channel.isReceived(by: front) { inbox.leave(channel, from: group) }
                state.groups[group]?.remove(channel)
                if state.groups[group]?.isEmpty == true {
                    state.groups[group] = nil
                    state.announcements.forget(group)
                }
            }
        }
    }

    /// Sends a message to every member of a group.
    public func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) {
        state.withLock { state in
            guard state.groups[group] != nil else { return }
            state.outbox.append(.group(message, group, excluding: excluded))
        }
        handOver()
    }

    /// Sends a message to one channel.
    public func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        if channel.isGeneral {
            try generalChannels.offer(message, to: channel)
            return
        }
        state.withLock { state in state.outbox.append(.channel(message, channel)) }
        handOver()
    }

    /// Counts a group's members.
    public func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        state.withLock { state in state.groups[group]?.count ?? 0 }
    }

    /// Lists a group's members.
    public func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        state.withLock { state in Array(state.groups[group] ?? []) }
    }

    /// Tells a group its own count, soon.
    public func announceCount(of group: GroupName, as message: CountMessage) {
        state.withLock { state in state.announcements.request(group, as: message, now: .now) }
        announceDue()
        signal.wake()
    }

    /// Names who takes the messages for this process.
    public func attach(_ receiver: any ChannelLayerReceiver) {
        state.withLock { state in state.receiver = receiver }
    }

    /// Whether joins are acknowledged and messages flow now.
    public var readiness: Readiness { .ready }

    @discardableResult
    private func announceDue() -> ContinuousClock.Instant? {
        let next = state.withLock { state in
            let groups = state.groups
            let (due, next) = state.announcements.takeDue(now: .now) { groups[$0] != nil }
            for announcement in due {
                // Counted and queued under one lock: the last count queued is the true one.
                guard let count = state.groups[announcement.group]?.count else { continue }
                state.announcements.announced(count, of: announcement.group)
                state.outbox.append(
                    .group(announcement.message.message(count: count), announcement.group, excluding: nil)
                )
            }
            return next
        }
        handOver()
        return next
    }

    private func handOver() {
        let isMine = state.withLock { state in
            guard !state.isHandingOver else { return false }
            state.isHandingOver = true
            return true
        }
        guard isMine else { return }
        while let (delivery, receiver) = nextDelivery() {
            switch delivery {
            case .group(let message, let group, let excluded):
                inbox.deliver(message, group: group, excluding: excluded)
                receiver?.receive(message, group: group, excluding: excluded)
            case .channel(let message, let channel):
                if channel.isReceived(by: front) {
                    inbox.deliver(message, channels: [channel])
                } else {
                    receiver?.receive(message, channels: [channel])
                }
            }
        }
    }

    private func nextDelivery() -> (Delivery, (any ChannelLayerReceiver)?)? {
        state.withLock { state in
            guard let delivery = state.outbox.popFirst() else {
                state.isHandingOver = false
                return nil
            }
            return (delivery, state.receiver)
        }
    }
}
