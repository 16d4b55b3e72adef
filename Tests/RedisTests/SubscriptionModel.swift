@testable import Redis

/// A machine, a Redis that obeys its commands in order, and what callers are owed.
struct SubscriptionModel {
    private(set) var machine: SubscriptionStateMachine
    private(set) var wanted: Set<RedisTopic> = []
    private(set) var serverTopics: Set<RedisTopic> = []
    private(set) var waiting: [Int: [RedisTopic]] = [:]
    private(set) var violations: [String] = []
    private var inFlight: [SubscriptionCommand] = []
    private var nextWaiter = 0
    private let topics = (0..<4).map { RedisTopic.channel("t\($0)") } + [.pattern("p*")]

    init(machine: SubscriptionStateMachine) {
        self.machine = machine
    }

    /// One random event.
    mutating func step(using random: inout some RandomNumberGenerator) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<6: subscribe(Array(topics.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))))
        case 6..<11: unsubscribe(Array(topics.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random))))
        case 11..<14: flush()
        case 14..<18: answerOldest()
        case 18: waiting.keys.randomElement(using: &random).map { cancel($0) }
        default: toggleConnection()
        }
    }

    /// Connects and lets everything be answered.
    mutating func settle() {
        if !machine.isConnected { toggleConnection() }
        while machine.hasCommands || !inFlight.isEmpty {
            flush()
            answerOldest()
        }
    }

    // MARK: Events

    private mutating func subscribe(_ topics: [RedisTopic]) {
        nextWaiter += 1
        wanted.formUnion(topics)
        waiting[nextWaiter] = topics
        if machine.subscribe(topics, waiter: nextWaiter) == .resume { resume([nextWaiter]) }
    }

    private mutating func unsubscribe(_ topics: [RedisTopic]) {
        wanted.subtract(topics)
        let failed = machine.unsubscribe(topics).fail
        let owed = waiting.filter { !Set($0.value).isDisjoint(with: topics) }.keys.sorted()
        if failed != owed { violations.append("failed \(failed), owed \(owed)") }
        for waiter in failed { waiting[waiter] = nil }
    }

    private mutating func cancel(_ waiter: Int) {
        if !machine.cancel(waiter) { violations.append("waiter \(waiter) was not known") }
        waiting[waiter] = nil
    }

    private mutating func flush() {
        let commands = machine.nextCommands()
        let named = (inFlight + commands).flatMap(\.topics)
        if Set(named).count != named.count { violations.append("a topic is in flight twice") }
        inFlight += commands
    }

    private mutating func answerOldest() {
        guard !inFlight.isEmpty else { return }
        let command = inFlight.removeFirst()
        switch command.verb {
        case .subscribe: serverTopics.formUnion(command.topics)
        case .unsubscribe: serverTopics.subtract(command.topics)
        }
        resume(machine.confirmed(command).resume)
    }

    private mutating func toggleConnection() {
        if machine.isConnected {
            machine.disconnected()
            inFlight = []
            serverTopics = []
        } else {
            _ = machine.connected()
        }
    }

    private mutating func resume(_ waiters: [Int]) {
        for waiter in waiters {
            guard let topics = waiting.removeValue(forKey: waiter) else {
                violations.append("waiter \(waiter) was resumed without need")
                continue
            }
            if !serverTopics.isSuperset(of: topics) { violations.append("waiter \(waiter) was resumed too early") }
        }
    }
}
