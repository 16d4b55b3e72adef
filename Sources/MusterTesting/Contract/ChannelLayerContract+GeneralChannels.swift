import ChannelLayers
import Messages

extension ChannelLayerContract {
    /// Promises about general channels, and about `flush`, which empties them.
    static let generalChannels = [
        ChannelLayerContract("each message to a general channel is received once, in whichever process", workQueue),
        ChannelLayerContract("one sender's messages to a general channel are received in order", workOrder),
        ChannelLayerContract("a general channel takes as many messages as its capacity allows, then throws", capacity),
        ChannelLayerContract("flush deletes the messages that wait", flushMessages),
        ChannelLayerContract("flush leaves the members of the process that flushes", flushMembers),
    ]

    /// How many messages may wait for a channel unless a layer is told otherwise.
    private static let usualCapacity = 100

    private static func workQueue(_ subject: ContractSubject) async throws {
        let (channel, share) = (try subject.newGeneralChannel(), 200 / subject.layers.count)
        let receiving = ReceivingTasks(channel, on: subject.layers + subject.layers)
        try await sendFromEveryLayer(share, to: channel, subject)
        let total = share * subject.layers.count
        _ = await receiving.messages(timeout: subject.timeout) { $0.count >= total }
        _ = await receiving.messages(timeout: grace) { $0.count > total }
        try await receiving.stop(timeout: subject.timeout)
        let seen = receiving.messages
        let kinds = Set(seen.map { "\($0["sender"]?.stringValue ?? "?") \($0.number ?? -1)" }).count
        try Unexpected.unless(
            seen.count == total && kinds == total,
            "\(total) messages were sent, \(seen.count) received, \(kinds) of them different"
        )
    }

    private static func workOrder(_ subject: ContractSubject) async throws {
        // Queues of their own have orders of their own.
        guard subject.queuesPerChannel == 1 else { return }
        let (channel, count) = (try subject.newGeneralChannel(), 120)
        let receiving = ReceivingTasks(channel, on: [subject.last])
        try await sendFromEveryLayer(count, to: channel, subject)
        try await expectOrder(receiving, count, subject, "the receiver")
        try await receiving.stop(timeout: subject.timeout)
    }

    private static func sendFromEveryLayer(
        _ count: Int,
        to channel: ChannelName,
        _ subject: ContractSubject
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, sender) in subject.layers.enumerated() {
                tasks.addTask {
                    for number in 0..<count {
                        let message = Message.numbered(number, from: "\(index)")
                        try await subject.sendWhenThereIsRoom(message, to: channel, from: sender)
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    private static func capacity(_ subject: ContractSubject) async throws {
        let (channel, most) = (try subject.newGeneralChannel(), usualCapacity * subject.queuesPerChannel)
        var taken = 0
        while taken <= most, try await takes(.numbered(taken), to: channel, subject) { taken += 1 }
        try Unexpected.unless(
            (usualCapacity...most).contains(taken),
            "\(taken > most ? "more than \(most)" : "\(taken)") messages were taken"
        )
        if subject.queuesPerChannel == 1 {
            try await receive(1, from: channel, subject, since: 0)
            let room = try await takes(.numbered(taken), to: channel, subject)
            try Unexpected.unless(room, "one message was received, and there is no room for another")
            let more = try await takes(.numbered(-1), to: channel, subject)
            try Unexpected.unless(!more, "one message was received, and there is room for two more")
            try await receive(taken, from: channel, subject, since: 1)
        } else {
            try await receive(taken, from: channel, subject, since: 0)
        }
        let room = try await takes(.numbered(0), to: channel, subject)
        try Unexpected.unless(room, "all messages were received, and there is no room for another")
        try await receive(1, from: channel, subject, since: 0)
    }

    /// Sends from one layer, as each spreads what it sends over the queues; returns whether the channel took it.
    private static func takes(
        _ message: Message,
        to channel: ChannelName,
        _ subject: ContractSubject
    ) async throws -> Bool {
        do throws(ChannelLayerError) {
            try await subject.first.send(message, to: channel)
            return true
        } catch {
            try Unexpected.unless(error.code == .channelFull, "a full channel throws .\(error.code)")
            return false
        }
    }

    private static func receive(
        _ count: Int,
        from channel: ChannelName,
        _ subject: ContractSubject,
        since start: Int
    ) async throws {
        let receiving = ReceivingTasks(channel, on: [subject.last], limit: count)
        _ = await receiving.messages(timeout: subject.timeout) { $0.count >= count }
        let numbers = receiving.messages.compactMap(\.number).sorted()
        let expected = Array(start..<start + count)
        try Unexpected.unless(numbers == expected, "\(numbers) were received instead of \(expected)")
    }

    private static func flushMessages(_ subject: ContractSubject) async throws {
        let (channel, own) = (try subject.newGeneralChannel(), subject.first.newChannel())
        for (index, sender) in subject.layers.enumerated() {
            for number in 0..<10 { try await sender.send(.numbered(number, from: "\(index)"), to: channel) }
        }
        // Behind these and on the same way: when it is there, they are.
        let witness = subject.first.newConnectionChannel()
        for number in 0..<10 { try await subject.first.send(.numbered(number), to: own) }
        try await subject.first.send(.numbered(0), to: witness)
        _ = await subject.receivers[0].messages(to: witness, timeout: subject.timeout) { !$0.isEmpty }
        try await subject.first.flush()
        for (sender, channel) in [(subject.last, channel), (subject.first, own)] {
            try await sender.send(.numbered(-1), to: channel)
            let receiving = ReceivingTasks(channel, on: [subject.first])
            _ = await receiving.messages(timeout: subject.timeout) { !$0.isEmpty }
            let seen = await receiving.messages(timeout: grace) { $0.count > 1 }.compactMap(\.number)
            try Unexpected.unless(seen == [-1], "after the flush -1 was sent, and \(seen) received")
            try await receiving.stop(timeout: subject.timeout)
        }
    }

    private static func flushMembers(_ subject: ContractSubject) async throws {
        let (group, connection, own) = (
            try subject.newGroup(), subject.first.newConnectionChannel(), subject.first.newChannel()
        )
        for channel in [connection, own] { try await subject.first.groupAdd(channel, to: group) }
        try await subject.first.flush()
        try await subject.expectCount(2, of: group)
        try await subject.last.groupSend(.numbered(1), to: group)
        let heard = await subject.receivers[0].messages(to: group, timeout: subject.timeout) { !$0.isEmpty }
        let receiving = ReceivingTasks(own, on: [subject.first])
        let received = await receiving.messages(timeout: subject.timeout) { !$0.isEmpty }
        try Unexpected.unless(
            heard.map(\.number) == [1] && received.map(\.number) == [1],
            "after a flush members got \(heard.compactMap(\.number)) and \(received.compactMap(\.number)) instead of 1"
        )
        try await receiving.stop(timeout: subject.timeout)
    }
}
