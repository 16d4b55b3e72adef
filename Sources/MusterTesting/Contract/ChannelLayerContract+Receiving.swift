import ChannelLayers
import Messages

extension ChannelLayerContract {
    /// Promises about `receive`, and about what channels that are received from get from groups.
    static let receiving = [
        ChannelLayerContract("messages to a channel that newChannel made wait for receive, in order, once", ownChannel),
        ChannelLayerContract("a channel that is received from gets its groups' messages, in order", ownGroups),
        ChannelLayerContract("a channel that is received from gets nothing of a group it left", ownGroupLeft),
        ChannelLayerContract("a member that is excluded gets no message, and every process hears of it", exclusion),
        ChannelLayerContract("a receive that is cancelled throws .cancelled and loses no message", cancellation),
        ChannelLayerContract("receiving from what newChannel of another or nobody made is refused", foreignChannels),
    ]

    /// How long a check looks out for what must not come.
    static let grace = Duration.milliseconds(50)

    private static func ownChannel(_ subject: ContractSubject) async throws {
        // What waits must fit into the least capacity on its way.
        let half = 60 / subject.layers.count
        for (owner, layer) in subject.layers.enumerated() {
            let channel = layer.newChannel()
            for (index, sender) in subject.layers.enumerated() {
                for number in 0..<half { try await sender.send(.numbered(number, from: "\(index)"), to: channel) }
            }
            let receiving = ReceivingTasks(channel, on: [layer])
            let waited = half * subject.layers.count
            _ = await receiving.messages(timeout: subject.timeout) { $0.count >= waited }
            for (index, sender) in subject.layers.enumerated() {
                for number in half..<2 * half {
                    try await sender.send(.numbered(number, from: "\(index)"), to: channel)
                }
            }
            try await expectOrder(receiving, 2 * half, subject, "the channel of layer \(owner)")
            try await receiving.stop(timeout: subject.timeout)
        }
    }

    private static func ownGroups(_ subject: ContractSubject) async throws {
        // In rounds that fit into a channel's capacity, as a member that is too slow loses messages.
        let (group, round) = (try subject.newGroup(), 80 / subject.layers.count)
        var members: [ReceivingTasks] = []
        for layer in subject.layers + subject.layers {
            let channel = layer.newChannel()
            try await layer.groupAdd(channel, to: group)
            members.append(ReceivingTasks(channel, on: [layer]))
        }
        for numbers in [0..<round, round..<2 * round, 2 * round..<3 * round] {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for (index, sender) in subject.layers.enumerated() {
                    tasks.addTask {
                        for number in numbers {
                            try await sender.groupSend(.numbered(number, from: "\(index)"), to: group)
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let total = numbers.upperBound * subject.layers.count
            for member in members { _ = await member.messages(timeout: subject.timeout) { $0.count >= total } }
        }
        for (index, member) in members.enumerated() {
            try await expectOrder(member, 3 * round, subject, "member \(index)")
            try await member.stop(timeout: subject.timeout)
        }
    }

    /// Waits for messages `0..<count` of every layer, each sender's in order, and for nothing else.
    static func expectOrder(
        _ receiving: ReceivingTasks,
        _ count: Int,
        _ subject: ContractSubject,
        _ who: String
    ) async throws {
        let total = count * subject.layers.count
        _ = await receiving.messages(timeout: subject.timeout) { $0.count >= total }
        let seen = await receiving.messages(timeout: grace) { $0.count > total }
        try Unexpected.unless(seen.count == total, "\(who) got \(seen.count) of \(total) messages")
        for index in subject.layers.indices {
            let numbers = seen.filter { $0["sender"]?.stringValue == "\(index)" }.compactMap(\.number)
            let wrong = zip(numbers, 0..<count).first { $0 != $1 }
            try Unexpected.unless(
                numbers.count == count && wrong == nil,
                "\(who) got \(numbers.count) of layer \(index), first misplaced: \(String(describing: wrong))"
            )
        }
    }

    private static func ownGroupLeft(_ subject: ContractSubject) async throws {
        let (layer, group) = (subject.first, try subject.newGroup())
        let (leaver, stayer) = (layer.newChannel(), layer.newChannel())
        for channel in [leaver, stayer] { try await layer.groupAdd(channel, to: group) }
        let (left, stayed) = (ReceivingTasks(leaver, on: [layer]), ReceivingTasks(stayer, on: [layer]))
        layer.groupDiscard(leaver, from: [group])
        try await subject.expectCount(1, of: group)
        // Who relays the messages may hear of it later: what counts is that they stop, and stay away.
        var (mark, missed) = (0, 0)
        let hasStopped = try await subject.eventually {
            mark += 1
            let sent = mark
            try await subject.last.groupSend(.numbered(sent), to: group)
            let seen = await stayed.messages(timeout: subject.timeout) { $0.last?.number == sent }
            try Unexpected.unless(seen.last?.number == sent, "the channel that stayed got nothing")
            let strays = await left.messages(timeout: grace) { $0.last?.number == sent }
            missed = strays.last?.number == sent ? 0 : missed + 1
            return missed == 3
        }
        try Unexpected.unless(hasStopped, "messages go on coming")
        for receiving in [left, stayed] { try await receiving.stop(timeout: subject.timeout) }
    }

    private static func exclusion(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        let connections = try await subject.joinOnEveryLayer(group)
        let (excluded, other) = (subject.first.newChannel(), subject.first.newChannel())
        for channel in [excluded, other] { try await subject.first.groupAdd(channel, to: group) }
        var exclusions: [ChannelName?] = []
        for sender in subject.layers {
            // One sender after the other, so that what is handed over has one order.
            for name in [connections[0], excluded, nil] {
                exclusions.append(name)
                try await sender.groupSend(.numbered(exclusions.count), to: group, excluding: name)
            }
            for (index, receiver) in subject.receivers.enumerated() {
                let sent = exclusions.count
                _ = await receiver.messages(to: group, timeout: subject.timeout) { $0.count >= sent }
                let seen = receiver.exclusions(in: group)
                try Unexpected.unless(
                    seen == exclusions,
                    "receiver \(index) heard \(texts(seen)) instead of \(texts(exclusions)) to be excluded"
                )
            }
        }
        let numbers = Array(1...exclusions.count)
        let allowed = numbers.filter { exclusions[$0 - 1] != excluded }
        for (channel, expected) in [(other, numbers), (excluded, allowed)] {
            let receiving = ReceivingTasks(channel, on: [subject.first])
            _ = await receiving.messages(timeout: subject.timeout) { $0.count >= expected.count }
            let seen = await receiving.messages(timeout: grace) { $0.count > expected.count }.compactMap(\.number)
            try Unexpected.unless(
                seen == expected,
                "\(channel == excluded ? "the excluded" : "another") member got \(seen) instead of \(expected)"
            )
            try await receiving.stop(timeout: subject.timeout)
        }
    }

    private static func texts(_ names: [ChannelName?]) -> [String] {
        names.map { $0?.rawValue ?? "nobody" }
    }

    private static func cancellation(_ subject: ContractSubject) async throws {
        for (channel, receivers) in [
            (subject.first.newChannel(), [subject.first]), (try subject.newGeneralChannel(), subject.layers),
        ] {
            let idle = ReceivingTasks(channel, on: receivers)
            // With and without time to begin to wait.
            if channel.isGeneral { try await Task.sleep(for: grace) }
            idle.cancel()
            let ends = try await idle.ends(timeout: subject.timeout)
            try Unexpected.unless(
                ends.allSatisfy { $0?.code == .cancelled },
                "cancelled receives ended with \(ends.map { $0.map { ".\($0.code)" } ?? "a message" })"
            )
            try await cancelWhileSending(subject, channel, receivers)
        }
    }

    private static func cancelWhileSending(
        _ subject: ContractSubject,
        _ channel: ChannelName,
        _ receivers: [any ChannelLayer]
    ) async throws {
        // No more than fit into a channel, should nobody receive for a while.
        let (count, sender, timeout) = (90, subject.last, subject.timeout)
        let steady = ReceivingTasks(channel, on: receivers)
        let impatient = try await withThrowingTaskGroup(of: [Message].self) { tasks in
            tasks.addTask {
                for number in 0..<count {
                    try await sender.send(.numbered(number), to: channel)
                    if number.isMultiple(of: 2) { try await Task.sleep(for: .milliseconds(1)) }
                }
                return []
            }
            for layer in receivers + receivers + receivers + receivers {
                tasks.addTask {
                    var messages: [Message] = []
                    for _ in 0..<25 {
                        let receiving = ReceivingTasks(channel, on: [layer], limit: 1)
                        try await Task.sleep(for: .microseconds(Int.random(in: 0...2000)))
                        try await receiving.stop(timeout: timeout)
                        messages += receiving.messages
                    }
                    return messages
                }
            }
            return try await tasks.reduce(into: []) { $0 += $1 }
        }
        let expected = count - impatient.count
        _ = await steady.messages(timeout: timeout) { $0.count >= expected }
        _ = await steady.messages(timeout: grace) { $0.count > expected }
        try await steady.stop(timeout: timeout)
        let numbers = (impatient + steady.messages).compactMap(\.number).sorted()
        let wrong = zip(numbers, 0..<count).first { $0 != $1 }?.1
        try Unexpected.unless(
            numbers.count == count && wrong == nil,
            "\(numbers.count) of \(count) were received, \(impatient.count) of them just before a cancellation"
        )
    }

    private static func foreignChannels(_ subject: ContractSubject) async throws {
        var channels = [subject.first.newConnectionChannel(), try ChannelName("specific.x!y")]
        channels.append(try ChannelName("specific.x!r1"))
        if subject.layers.count > 1 {
            channels += [subject.last.newConnectionChannel(), subject.last.newChannel()]
        }
        for channel in channels {
            let receiving = ReceivingTasks(channel, on: [subject.first])
            let end = try await receiving.ends(timeout: subject.timeout)[0]
            try Unexpected.unless(
                end?.code == .invalidName,
                "receiving from \(channel) throws \(end.map { ".\($0.code)" } ?? "nothing")"
            )
        }
    }
}
