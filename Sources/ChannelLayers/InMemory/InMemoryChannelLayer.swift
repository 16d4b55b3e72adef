import DequeModule
public import Messages
import ServiceLifecycle
import Synchronization

/// The channel layer of a single process: no server, no other processes, the same guarantees.
public final class InMemoryChannelLayer: ChannelLayer {
    enum Delivery: Sendable {
        case group(Message, GroupName, excluding: ChannelName?)
        case channel(Message, ChannelName)
    }

    struct State {
        var groups: [GroupName: Set<ChannelName>] = [:]
        var people: Attendance
        var announcements: CountAnnouncements
        var histories = KeptHistories()
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
    let state: Mutex<State>
    private let signal = WakeSignal()
    /// The channels of this process that are received from.
    private let inbox: ChannelInbox
    private let generalChannels: ChannelInbox
    let histories: HistoryLimits

    /// Makes a layer with no groups.
    ///
    /// - Parameters:
    ///   - countWindow: The least time between two announcements of one group's count.
    ///   - capacities: How many messages may wait for a channel.
    ///   - expiry: How long a message waits before it is dropped.
    ///   - leaveGrace: How long a person who has left a group is waited for before the group is told.
    ///   - histories: Which groups keep a history.
    public init(
        countWindow: Duration = .milliseconds(50),
        capacities: ChannelCapacities = ChannelCapacities(),
        expiry: Duration = .seconds(60),
        leaveGrace: Duration = .seconds(5),
        histories: HistoryLimits = HistoryLimits()
    ) {
        self.histories = histories
        inbox = ChannelInbox(capacities: capacities, expiry: expiry)
        generalChannels = ChannelInbox(capacities: capacities, expiry: expiry)
        front = FrontName.random().channelPrefix
        state = Mutex(
            State(
                people: Attendance(grace: leaveGrace),
                announcements: CountAnnouncements(window: countWindow)
            )
        )
    }

    /// Announces counts whose window ends, and people whose grace period does.
    ///
    /// It does so until the task is cancelled or the service group shuts down.
    public func run() async {
        signal.wake()
        await withGracefulShutdownHandler {
            await signal.run { tellDue() }
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

    /// Deletes every message that waits and every history; all members are this process' own, and stay.
    public func flush() async throws(ChannelLayerError) {
        inbox.flush()
        generalChannels.flush()
        state.withLock { $0.histories.removeAll() }
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
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        // All under one lock, so that they agree when the channel joins and leaves at the same time.
        let isNews = state.withLock { state in
            state.groups[group, default: []].insert(channel)
            if channel.isReceived(by: front) { inbox.join(channel, to: group) }
            if let arrival = state.people.join(channel, to: group, as: person, now: .now) {
                state.announcements.requestPeopleAgain(group, now: .now)
                if let presence = person?.presence {
                    state.outbox.append(.group(presence.message(joined: arrival.user), group, excluding: nil))
                }
                return true
            }
            // It may have been somebody else's before.
            return state.people.nextDeparture != nil
        }
        if isNews {
            tellDue()
            signal.wake()
        }
        whenDone(.success(()))
    }

    /// Takes a channel of this process out of groups.
    public func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) {
        let isWaiting = state.withLock { state in
            for group in groups {
                state.people.leave(channel, from: group, now: .now)
                if channel.isReceived(by: front) { inbox.leave(channel, from: group) }
                state.groups[group]?.remove(channel)
                if state.groups[group]?.isEmpty == true {
                    state.groups[group] = nil
                    state.announcements.forget(group)
                }
            }
            return state.people.nextDeparture != nil
        }
        if isWaiting { signal.wake() }
    }

    /// Sends a message to every member of a group.
    public func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) {
        state.withLock { state in
            guard state.groups[group] != nil else { return }
            // An id says that a message is recorded.
            state.outbox.append(.group(message.identified(as: nil), group, excluding: excluded))
        }
        handOver()
    }

    /// Sends a message to the connections in a group.
    public func localGroupSend(_ message: Message, to group: GroupName) {
        state.withLock { $0.receiver }?.receive(message, group: group, excluding: nil)
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

    /// Counts the people in a group.
    public func peopleCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        state.withLock { $0.people.count(of: group) }
    }

    /// Lists people in a group.
    public func groupPeople(_ group: GroupName, limit: Int) async throws(ChannelLayerError) -> [UserName] {
        state.withLock { $0.people.users(in: group, limit: limit) }
    }

    /// Lists a group's members.
    public func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        state.withLock { state in Array(state.groups[group] ?? []) }
    }

    /// Tells a group its own count, soon.
    public func announceCount(of group: GroupName, as message: CountMessage) {
        state.withLock { state in state.announcements.request(group, as: message, now: .now) }
        tellDue()
        signal.wake()
    }

    /// Names who takes the messages for this process.
    public func attach(_ receiver: any ChannelLayerReceiver) {
        state.withLock { state in state.receiver = receiver }
    }

    /// Whether joins are acknowledged and messages flow now.
    public var readiness: Readiness { .ready }

    @discardableResult
    private func tellDue() -> ContinuousClock.Instant? {
        let next = state.withLock { state in
            let now = ContinuousClock.now
            for (key, presence) in state.people.takeDeparted(now: now) {
                state.announcements.requestPeopleAgain(key.group, now: now)
                guard let presence, state.groups[key.group] != nil else { continue }
                state.outbox.append(.group(presence.message(left: key.user), key.group, excluding: nil))
            }
            let groups = state.groups
            let (due, next) = state.announcements.takeDue(now: now) { groups[$0] != nil }
            for announcement in due {
                // Counted and queued under one lock: the last count queued is the true one.
                guard let count = state.groups[announcement.group]?.count else { continue }
                state.announcements.announced(count, of: announcement.group)
                let people = state.people.count(of: announcement.group)
                let message = announcement.message.message(count: count, people: people)
                state.outbox.append(.group(message, announcement.group, excluding: nil))
            }
            return [next, state.people.nextDeparture].compactMap { $0 }.min()
        }
        handOver()
        return next
    }

    func handOver() {
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
