/// Which topics are wanted, what Redis has been told about them on this connection, and who waits for them.
///
/// Pure.
///
/// At most one command for a topic is in flight. Changes of mind in the meantime cost nothing: when the answer comes,
/// the topic is compared with what is wanted then.
struct SubscriptionStateMachine {
    /// Names a caller that waits in `subscribe`; the order of the numbers is the order of being resumed.
    typealias Waiter = Int

    private enum Stage {
        /// Redis has not been asked, or has confirmed the end. Goes to `subscribing`.
        case absent
        /// Asked; goes to `subscribed`, or to `absent` when denied.
        case subscribing
        /// Confirmed; goes to `unsubscribing`.
        case subscribed
        /// The end is asked for; goes to `absent`.
        case unsubscribing
    }

    private struct Entry {
        var isWanted = false
        var stage = Stage.absent
        /// Whether the next `nextCommands` looks at it.
        var isQueued = false
        /// Whether the connection is not `ready` before this topic is confirmed, because it was wanted when it began.
        var isMissing = false
        /// Whether it was confirmed since it is wanted, maybe on an earlier connection: somebody relies on it.
        var wasConfirmed = false
        /// Whether to ask for it in a command of its own, to learn whether it is the one that is denied.
        var isSuspect = false
        var waiters: Set<Waiter> = []
    }

    private struct Wait {
        let topics: [RedisTopic]
        var unconfirmed: Int
    }

    /// Redis handles a command without a break; this many topics at a time leave room for others.
    static let topicsPerCommand = 512

    private var entries: [RedisTopic: Entry] = [:]
    private var queue: [RedisTopic] = []
    private var waits: [Waiter: Wait] = [:]
    private var missing = 0
    private(set) var epoch = 0
    private(set) var isConnected = false

    // MARK: Callers

    enum SubscribeAction: Equatable {
        /// All topics are confirmed already.
        case resume
        /// Wait; `hasCommands` tells whether to ask for `nextCommands`.
        case wait
    }

    mutating func subscribe(_ topics: [RedisTopic], waiter: Waiter) -> SubscribeAction {
        let topics = Array(Set(topics))
        var unconfirmed = 0
        for topic in topics {
            var entry = entries[topic] ?? Entry()
            entry.isWanted = true
            if !isConfirmed(entry) {
                unconfirmed += 1
                enqueue(topic, &entry)
            }
            entries[topic] = entry
        }
        guard unconfirmed > 0 else { return .resume }
        for topic in topics { entries[topic]?.waiters.insert(waiter) }
        waits[waiter] = Wait(topics: topics, unconfirmed: unconfirmed)
        return .wait
    }

    struct UnsubscribeAction: Equatable {
        /// Callers that wait for one of these topics, which will not come now.
        var fail: [Waiter] = []
        /// Whether a topic that held back `ready` is no longer wanted, and was the last one.
        var becomeReady = false
    }

    mutating func unsubscribe(_ topics: [RedisTopic]) -> UnsubscribeAction {
        var action = UnsubscribeAction()
        for topic in topics {
            guard let found = entries[topic], found.isWanted else { continue }
            action.fail += found.waiters
            for waiter in found.waiters { forget(waiter) }
            action.becomeReady = settle(topic) || action.becomeReady
            guard var entry = entries[topic] else { continue }
            entry.isWanted = false
            entry.wasConfirmed = false
            enqueue(topic, &entry)
            entries[topic] = entry
            if !isConnected { entries[topic] = nil }
        }
        action.fail.sort()
        return action
    }

    /// Forgets a waiter, not what it wanted.
    ///
    /// Returns whether it was still waiting.
    mutating func cancel(_ waiter: Waiter) -> Bool {
        forget(waiter)
    }

    /// How many callers wait.
    var waiterCount: Int { waits.count }

    func isWanted(_ topic: RedisTopic) -> Bool {
        entries[topic]?.isWanted ?? false
    }

    // MARK: Connection

    enum ConnectAction: Equatable {
        /// Nothing is wanted: the connection is complete as it is.
        case becomeReady
        /// Ask for `nextCommands`.
        case send
    }

    /// A new connection, on which Redis knows of no topic yet.
    mutating func connected() -> ConnectAction {
        epoch += 1
        isConnected = true
        missing = entries.count
        for topic in entries.keys {
            entries[topic]?.isMissing = true
            entries[topic]?.isQueued = true
        }
        queue = Array(entries.keys)
        return entries.isEmpty ? .becomeReady : .send
    }

    /// The connection is gone, and all that Redis had been told with it.
    ///
    /// Waiters wait for the next one.
    mutating func disconnected() {
        isConnected = false
        missing = 0
        queue = []
        // An entry that nobody wants was only kept to see its command through.
        entries = entries.filter(\.value.isWanted).mapValues { entry in
            Entry(isWanted: true, wasConfirmed: entry.wasConfirmed, waiters: entry.waiters)
        }
        for (waiter, wait) in waits {
            waits[waiter]?.unconfirmed = wait.topics.count
        }
    }

    var hasCommands: Bool { isConnected && !queue.isEmpty }

    /// What to send now: the queued topics in few commands, each topic at most once.
    mutating func nextCommands() -> [SubscriptionCommand] {
        guard isConnected else { return [] }
        var batches = Batches(epoch: epoch)
        for topic in queue {
            guard var entry = entries[topic] else { continue }
            entry.isQueued = false
            switch (entry.isWanted, entry.stage) {
            case (true, .absent):
                entry.stage = .subscribing
                batches.add(topic, .subscribe, alone: entry.isSuspect)
            case (false, .subscribed):
                entry.stage = .unsubscribing
                batches.add(topic, .unsubscribe, alone: false)
            case (false, .absent):
                entries[topic] = nil
                continue
            case (_, .subscribing), (_, .unsubscribing), (true, .subscribed):
                // In flight, where the answer looks at it again; or as it should be.
                break
            }
            entries[topic] = entry
        }
        queue = []
        return batches.commands
    }

    struct ConfirmAction: Equatable {
        /// Callers whose topics are all confirmed now.
        var resume: [Waiter] = []
        /// Every topic that was wanted when the connection began is confirmed: once per connection.
        var becomeReady = false
    }

    mutating func confirmed(_ command: SubscriptionCommand) -> ConfirmAction {
        var action = ConfirmAction()
        guard isConnected, command.epoch == epoch else { return action }
        for topic in command.topics {
            guard var entry = entries[topic] else { continue }
            entry.stage = command.verb == .subscribe ? .subscribed : .absent
            entry.isSuspect = false
            if entry.isWanted != (entry.stage == .subscribed) { enqueue(topic, &entry) }
            let isConfirmed = isConfirmed(entry)
            if isConfirmed { entry.wasConfirmed = true }
            entries[topic] = entry
            guard isConfirmed else { continue }
            action.becomeReady = settle(topic) || action.becomeReady
            for waiter in entry.waiters where confirmOne(for: waiter) { action.resume.append(waiter) }
        }
        action.resume.sort()
        return action
    }

    enum DenyAction: Equatable {
        /// It was for another connection.
        case none
        /// Ask again, topic by topic, to find the one that is denied: `nextCommands` has them.
        case retryOneByOne
        /// These callers asked for it; it is wanted no more.
        case fail([Waiter], RedisTopic, becomeReady: Bool)
        /// Redis takes back what it had granted before: only a new connection can tell whether that lasts.
        case reconnect
    }

    /// Redis refused the command as a whole, which may be for one topic only.
    mutating func denied(_ command: SubscriptionCommand) -> DenyAction {
        guard isConnected, command.epoch == epoch, let first = command.topics.first else { return .none }
        guard command.verb == .subscribe else { return .reconnect }
        for topic in command.topics {
            guard var entry = entries[topic] else { continue }
            entry.stage = .absent
            entry.isSuspect = true
            if command.topics.count > 1 { enqueue(topic, &entry) }
            entries[topic] = entry
        }
        if command.topics.count > 1 { return .retryOneByOne }
        if entries[first]?.wasConfirmed == true { return .reconnect }
        let waiters = entries[first]?.waiters.sorted() ?? []
        for waiter in waiters { forget(waiter) }
        let becomeReady = settle(first)
        entries[first] = nil
        return .fail(waiters, first, becomeReady: becomeReady)
    }

    // MARK: Private

    private func isConfirmed(_ entry: Entry) -> Bool {
        isConnected && entry.isWanted && entry.stage == .subscribed
    }

    private mutating func enqueue(_ topic: RedisTopic, _ entry: inout Entry) {
        guard isConnected, !entry.isQueued else { return }
        entry.isQueued = true
        queue.append(topic)
    }

    /// The topic holds back `ready` no longer.
    ///
    /// Returns whether it was the last one.
    private mutating func settle(_ topic: RedisTopic) -> Bool {
        guard entries[topic]?.isMissing == true else { return false }
        entries[topic]?.isMissing = false
        missing -= 1
        return missing == 0
    }

    /// Counts one topic of the waiter as confirmed.
    ///
    /// Returns whether that was the last one.
    private mutating func confirmOne(for waiter: Waiter) -> Bool {
        guard let unconfirmed = waits[waiter]?.unconfirmed else { return false }
        waits[waiter]?.unconfirmed = unconfirmed - 1
        guard unconfirmed == 1 else { return false }
        forget(waiter)
        return true
    }

    @discardableResult
    private mutating func forget(_ waiter: Waiter) -> Bool {
        guard let wait = waits.removeValue(forKey: waiter) else { return false }
        for topic in wait.topics { entries[topic]?.waiters.remove(waiter) }
        return true
    }
}
