import ChannelLayers
import Messages

extension ChannelLayerContract {
    /// Promises about messages.
    static let messages = [
        ChannelLayerContract("joined means reachable: what is sent right after the acknowledgement arrives", reachable),
        ChannelLayerContract("messages of one sender to one group arrive in order, each once, in every process", order),
        ChannelLayerContract("a process is handed a group message once, however many members it has", oncePerProcess),
        ChannelLayerContract("a message to a channel reaches the process of that channel alone", sendToChannel),
        ChannelLayerContract("messages arrive as they were sent, whatever values they hold", roundTrip),
    ]

    private static func reachable(_ subject: ContractSubject) async throws {
        for _ in 0..<20 {
            // A new group each time: the first member is the hard case, for a layer that subscribes to groups.
            let group = try subject.newGroup()
            try await subject.first.groupAdd(subject.first.newConnectionChannel(), to: group)
            for (number, layer) in subject.layers.enumerated() {
                try await layer.groupSend(.numbered(number), to: group)
            }
            let senders = subject.layers.count
            let seen = await subject.receivers[0].messages(to: group, timeout: subject.timeout) { $0.count >= senders }
            try Unexpected.unless(
                Set(seen.compactMap(\.number)) == Set(0..<senders),
                "of \(senders) senders' messages these arrived: \(seen.compactMap(\.number))"
            )
        }
    }

    private static func order(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        _ = try await subject.joinOnEveryLayer(group)
        let (first, last, count) = (subject.first, subject.last, 1000)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (sender, layer) in [("first", first), ("last", last)] {
                tasks.addTask {
                    for number in 0..<count { try await layer.groupSend(.numbered(number, from: sender), to: group) }
                }
            }
            try await tasks.waitForAll()
        }
        for (index, receiver) in subject.receivers.enumerated() {
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { $0.count >= 2 * count }
            for sender in ["first", "last"] {
                let numbers = seen.filter { $0["sender"]?.stringValue == sender }.compactMap(\.number)
                let wrong = zip(numbers, 0..<count).first { $0 != $1 }
                try Unexpected.unless(
                    numbers.count == count && wrong == nil,
                    "receiver \(index) has \(numbers.count) of \(count), first misplaced: \(String(describing: wrong))"
                )
            }
        }
    }

    private static func oncePerProcess(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        for _ in 0..<3 { _ = try await subject.joinOnEveryLayer(group) }
        try await subject.last.groupSend(.numbered(1), to: group)
        try await subject.last.groupSend(.numbered(2), to: group)
        for (index, receiver) in subject.receivers.enumerated() {
            // What came twice would come before the second message, or with it.
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { $0.last?.number == 2 }
            try Unexpected.unless(
                seen.compactMap(\.number) == [1, 2],
                "receiver \(index) has \(seen.compactMap(\.number))"
            )
        }
    }

    private static func sendToChannel(_ subject: ContractSubject) async throws {
        let (channel, receiver) = (subject.first.newConnectionChannel(), subject.receivers[0])
        // A layer may still be on its way to hearing of its channels: from the first message on, each must arrive.
        let isHeard = try await subject.eventually {
            try await subject.first.send(.numbered(-1), to: channel)
            return await !receiver.messages(to: channel, timeout: .milliseconds(20)) { !$0.isEmpty }.isEmpty
        }
        try Unexpected.unless(isHeard, "nothing arrives")
        for (number, layer) in subject.layers.enumerated() { try await layer.send(.numbered(number), to: channel) }
        try await subject.first.send(.numbered(0), to: subject.first.newConnectionChannel())
        let senders = subject.layers.count
        let seen = await receiver.messages(to: channel, timeout: subject.timeout) { messages in
            messages.count { $0.number != -1 } >= senders
        }
        let numbers = seen.compactMap(\.number).filter { $0 != -1 }
        try Unexpected.unless(numbers.sorted() == Array(0..<senders), "of \(senders) messages \(numbers) arrived")
        for (index, other) in subject.receivers.enumerated().dropFirst() {
            let stray = other.messages(to: channel)
            try Unexpected.unless(stray.isEmpty, "receiver \(index) got \(stray.count) messages to another's channel")
        }
    }

    private static func roundTrip(_ subject: ContractSubject) async throws {
        let (group, message) = (try subject.newGroup(), allValues(withBytes: subject.carriesBytes))
        _ = try await subject.joinOnEveryLayer(group)
        try await subject.last.groupSend(message, to: group)
        for (index, receiver) in subject.receivers.enumerated() {
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { !$0.isEmpty }
            let wrong = message.fields.first { seen.first?[$0.key] != $0.value }?.key
            try Unexpected.unless(
                seen == [message],
                "receiver \(index) has \(seen.count) messages, different at: \(wrong ?? "the order of the fields")"
            )
        }
        for channel in [subject.first.newChannel(), try subject.newGeneralChannel()] {
            try await subject.last.send(message, to: channel)
            let receiving = ReceivingTasks(channel, on: [subject.first], limit: 1)
            let seen = await receiving.messages(timeout: subject.timeout) { !$0.isEmpty }
            let wrong = message.fields.first { seen.first?[$0.key] != $0.value }?.key
            try Unexpected.unless(
                seen == [message],
                "\(seen.count) messages received from \(channel), different at: \(wrong ?? "the order of the fields")"
            )
        }
    }

    private static func allValues(withBytes: Bool) -> Message {
        var array: [MessageValue] = [1, [2, [nil, "three"]]]
        var fields: MessageMap = [
            "null": nil, "true": true, "false": false, "zero": 0, "negative": -129, "large": .integer(.min),
            "unsigned": .integer(canonical: .max), "double": -0.5, "infinity": .double(.infinity), "empty": "",
            "text": "Zähler \u{1F30D}\u{0}", "long": .string(String(repeating: "x", count: 70_000)),
            "map": ["z": 1, "a": ["nested": false]],
        ]
        if withBytes {
            fields["bytes"] = .bytes([0x00, 0xFF, 0xC1])
            array.append(.bytes([]))
        }
        fields["array"] = .array(array)
        return Message(type: "contract.values", fields)
    }
}
