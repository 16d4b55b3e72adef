import DequeModule
import Messages

/// The channels of this process that are received from: their messages, who waits for one, and their groups.
///
/// A plain value; its owner guards it with a lock and tells it the time. As in Channels a channel holds the newest
/// messages up to its capacity. A channel for which nothing is kept costs nothing.
struct ReceivedChannels<Waiter> {
    /// What became of a message.
    ///
    /// So many older ones were dropped for it as had expired, or for want of room.
    enum Arrival {
        /// Hand it over to whoever has waited longest.
        case handOver(Waiter)
        /// It waits.
        case kept(expired: Int, overflowed: Int)
        /// There are too many channels with messages; it was dropped.
        case refused(expired: Int)
    }

    private typealias Messages = Deque<(message: Message, arrived: ContinuousClock.Instant)>
    private typealias Waiters = Deque<(id: UInt64, waiter: Waiter)>

    /// The most channels that hold messages; what is sent to further ones is refused until some have expired.
    private let limit: Int
    private let expiry: Duration
    /// The least time between two looks through all channels.
    private let sweepPause: Duration
    // A channel is in one of the two at most: nobody waits while there is a message. Neither holds an empty queue.
    private var messages: [ChannelName: Messages] = [:]
    private var waiters: [ChannelName: Waiters] = [:]
    private var groups: [GroupName: Set<ChannelName>] = [:]
    /// Until then looking through all channels again would be in vain, or too soon: it takes time with many of them.
    private var nextSweep: ContinuousClock.Instant?

    init(expiry: Duration, limit: Int = 10_000, sweepPause: Duration = .seconds(1)) {
        self.sweepPause = sweepPause
        self.expiry = expiry
        self.limit = limit
    }

    /// How many channels hold a message or a waiter.
    var count: Int { messages.count + waiters.count }

    // MARK: - Groups

    mutating func join(_ channel: ChannelName, to group: GroupName) {
        groups[group, default: []].insert(channel)
    }

    mutating func leave(_ channel: ChannelName, from group: GroupName) {
        groups[group]?.remove(channel)
        if groups[group]?.isEmpty == true { groups[group] = nil }
    }

    /// The channels in a group.
    func members(of group: GroupName) -> Set<ChannelName> {
        groups[group] ?? []
    }

    // MARK: - Messages

    /// Whether as many messages wait for a channel as it may hold, those that have expired left out.
    func isFull(_ name: ChannelName, capacity: Int, now: ContinuousClock.Instant) -> Bool {
        guard let waiting = messages[name], waiting.count >= capacity else { return false }
        return waiting.count - expiredCount(of: waiting, now: now) >= capacity
    }

    /// A message has come for a channel that may hold `capacity` of them.
    mutating func arrive(
        _ message: Message,
        for name: ChannelName,
        capacity: Int,
        now: ContinuousClock.Instant
    ) -> Arrival {
        if let (_, waiter) = waiters[name]?.popFirst() {
            if waiters[name]?.isEmpty == true { waiters[name] = nil }
            return .handOver(waiter)
        }
        var expired = 0
        if messages[name] == nil, messages.count >= limit {
            expired = sweep(now: now)
            guard messages.count < limit else { return .refused(expired: expired) }
        }
        expired += expire(name, now: now)
        let overflow = max(0, (messages[name]?.count ?? 0) + 1 - capacity)
        messages[name]?.removeFirst(overflow)
        messages[name, default: []].append((message, now))
        return .kept(expired: expired, overflowed: overflow)
    }

    /// Somebody wants the next message.
    ///
    /// - Returns: The message, and how many before it had expired; with no message, the waiter was put in line.
    mutating func take(
        _ name: ChannelName,
        _ id: UInt64,
        _ waiter: Waiter,
        now: ContinuousClock.Instant
    ) -> (message: Message?, expired: Int) {
        let expired = expire(name, now: now)
        guard let message = messages[name]?.popFirst()?.message else {
            waiters[name, default: []].append((id, waiter))
            return (nil, expired)
        }
        if messages[name]?.isEmpty == true { messages[name] = nil }
        return (message, expired)
    }

    /// A message that was taken is not wanted after all: it goes to whoever waits, or waits again, before the others.
    mutating func putBack(_ message: Message, on name: ChannelName, now: ContinuousClock.Instant) -> Waiter? {
        guard let (_, waiter) = waiters[name]?.popFirst() else {
            messages[name, default: []].prepend((message, now))
            return nil
        }
        if waiters[name]?.isEmpty == true { waiters[name] = nil }
        return waiter
    }

    /// Somebody gives up; returns the waiter if it was still in line.
    mutating func cancel(_ name: ChannelName, _ id: UInt64) -> Waiter? {
        guard let index = waiters[name]?.firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = waiters[name]?.remove(at: index).waiter
        if waiters[name]?.isEmpty == true { waiters[name] = nil }
        return waiter
    }

    /// All messages go; who waits goes on waiting.
    mutating func removeMessages() {
        messages.removeAll()
    }

    /// Nobody is to wait any more; returns those who did.
    mutating func removeWaiters() -> [Waiter] {
        defer { waiters.removeAll() }
        return waiters.values.flatMap { $0.map(\.waiter) }
    }

    // MARK: - Expiry

    private func expiredCount(of waiting: Messages, now: ContinuousClock.Instant) -> Int {
        waiting.prefix { $0.arrived < now - expiry }.count
    }

    /// Drops what has expired on a channel; returns how many that were.
    private mutating func expire(_ name: ChannelName, now: ContinuousClock.Instant) -> Int {
        let expired = messages[name].map { expiredCount(of: $0, now: now) } ?? 0
        guard expired > 0 else { return 0 }
        messages[name]?.removeFirst(expired)
        if messages[name]?.isEmpty == true { messages[name] = nil }
        return expired
    }

    /// Drops what has expired on any channel; returns how many that were.
    private mutating func sweep(now: ContinuousClock.Instant) -> Int {
        if let nextSweep, now <= nextSweep { return 0 }
        var expired = 0
        for name in Array(messages.keys) { expired += expire(name, now: now) }
        let oldest = messages.values.lazy.compactMap { $0.first?.arrived }.min()
        nextSweep = max((oldest ?? now) + expiry, now + sweepPause)
        return expired
    }
}
