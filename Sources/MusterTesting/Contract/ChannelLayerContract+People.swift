import ChannelLayers
import Messages

extension ChannelLayerContract {
    /// Promises about people: who is behind the channels of a group.
    static let people = [
        ChannelLayerContract("a person counts once, by however many channels and processes", peopleAreCountedOnce),
        ChannelLayerContract("a group is told once that a person came, whatever the name", arrivals),
        ChannelLayerContract("a group is told once that a person left, after the grace period", departures),
        ChannelLayerContract("a person who comes back within the grace period has never left", reload),
        ChannelLayerContract("a channel that joins again as another person is that one", changeOfPerson),
        ChannelLayerContract("a channel with nobody behind it is no person", nobody),
        ChannelLayerContract("a count message carries both numbers, and the last ones are true", bothNumbers),
    ]

    private static let presence = PresenceMessage(joined: "contract.came", left: "contract.went", field: "who")
    /// A channel layer may keep names in lists, in Redis, in JSON.
    private static let names = ["bob", "Anna Lena", "a:b,c\"d'", "Zoë 🙂", "\\u00e9 %s {}"]

    private static func person(_ name: String = "bob") throws -> Person {
        Person(try UserName(name), presence: presence)
    }

    /// What a group is told of its people.
    private static func told(_ messages: [Message]) -> [String] {
        messages.compactMap { message in
            guard message.type == presence.joined || message.type == presence.left else { return nil }
            return "\(message[presence.field]?.stringValue ?? "?") \(message.type == presence.joined ? "came" : "went")"
        }
    }

    private static func peopleAreCountedOnce(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        try await subject.expectPeople(0, in: group)
        var channels: [(layer: any ChannelLayer, channel: ChannelName)] = []
        for layer in subject.layers + subject.layers {
            for name in names {
                channels.append((layer, layer.newConnectionChannel()))
                try await layer.groupAdd(channels[channels.count - 1].channel, to: group, as: person(name))
            }
        }
        try await subject.expectPeople(names.count, in: group)
        try await subject.expectCount(channels.count, of: group)
        // All but the last one's tabs.
        for (layer, channel) in channels.dropLast(1) { layer.groupDiscard(channel, from: [group]) }
        try await subject.expectPeople(1, in: group)
        let (layer, channel) = channels[channels.count - 1]
        layer.groupDiscard(channel, from: [group])
        try await subject.expectPeople(0, in: group)
    }

    private static func arrivals(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        _ = try await subject.joinOnEveryLayer(group)
        for name in names {
            for layer in subject.layers + subject.layers {
                try await layer.groupAdd(layer.newConnectionChannel(), to: group, as: person(name))
            }
        }
        try await expect(names.map { "\($0) came" }.sorted(), in: group, subject, inAnyOrder: true)
    }

    private static func departures(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        let members = try await subject.joinOnEveryLayer(group)
        // Joined again, as somebody: one channel on each layer.
        for (layer, channel) in zip(subject.layers, members) {
            try await layer.groupAdd(channel, to: group, as: person())
        }
        let own = subject.last.newConnectionChannel()
        try await subject.last.groupAdd(own, to: group, as: person())
        try await expect(["bob came"], in: group, subject)
        subject.last.groupDiscard(own, from: [group])
        for (layer, channel) in zip(subject.layers, members) {
            layer.groupAdd(channel, to: group, as: nil) { _ in }
        }
        let left = ContinuousClock.now
        try await expect(["bob came", "bob went"], in: group, subject)
        let after = ContinuousClock.now - left
        try Unexpected.unless(
            after >= subject.leaveGrace * 0.9,
            "the group was told after \(after), and the grace period is \(subject.leaveGrace)"
        )
    }

    private static func reload(_ subject: ContractSubject) async throws {
        // A machine too busy to come back in time says nothing about the layer: such a round does not count.
        for _ in 1...10 {
            if try await reloadsInTime(subject) { return }
        }
        throw Unexpected(seen: "ten times not back within \(subject.leaveGrace), which is too short on this machine")
    }

    /// Several reloads, each to the next process, together longer than the grace period.
    ///
    /// - Returns: Whether each of them was in time.
    private static func reloadsInTime(_ subject: ContractSubject) async throws -> Bool {
        let group = try subject.newGroup()
        _ = try await subject.joinOnEveryLayer(group)
        var tab = (layer: subject.first, channel: subject.first.newConnectionChannel())
        try await tab.layer.groupAdd(tab.channel, to: group, as: person())
        for index in 1...6 {
            let left = ContinuousClock.now
            tab.layer.groupDiscard(tab.channel, from: [group])
            // The time that a reload takes, and then that between two: time itself is what is promised about.
            try await Task.sleep(for: subject.leaveGrace / 10)
            let layer = subject.layers[index % subject.layers.count]
            tab = (layer, layer.newConnectionChannel())
            try await layer.groupAdd(tab.channel, to: group, as: person())
            guard ContinuousClock.now - left < subject.leaveGrace * 0.9 else { return false }
            try await Task.sleep(for: subject.leaveGrace / 5)
        }
        try await subject.expectPeople(1, in: group)
        try await expect(["bob came"], in: group, subject)
        tab.layer.groupDiscard(tab.channel, from: [group])
        try await expect(["bob came", "bob went"], in: group, subject)
        return true
    }

    private static func changeOfPerson(_ subject: ContractSubject) async throws {
        let (group, channel) = (try subject.newGroup(), subject.first.newConnectionChannel())
        for name in ["bob", "ann"] { try await subject.first.groupAdd(channel, to: group, as: person(name)) }
        // Who of several came first is nobody's promise.
        let told = ["ann came", "bob came", "bob went"]
        try await expect(told, in: group, subject, inAnyOrder: true, receivers: [0])
        try await subject.expectPeople(1, in: group)
        try await subject.expectCount(1, of: group)
    }

    private static func nobody(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        _ = try await subject.joinOnEveryLayer(group)
        try await subject.first.groupAdd(
            subject.first.newConnectionChannel(),
            to: group,
            as: Person(try UserName("quiet"))
        )
        try await subject.expectPeople(1, in: group)
        try await subject.first.groupAdd(subject.first.newConnectionChannel(), to: group, as: person())
        try await expect(["bob came"], in: group, subject)
    }

    private static func bothNumbers(_ subject: ContractSubject) async throws {
        let shape = CountMessage(type: "contract.count", field: "count", peopleField: "people")
        let group = try subject.newGroup()
        let members = try await subject.joinOnEveryLayer(group).count
        let tabs = subject.layers.map { ($0, $0.newConnectionChannel()) }
        for (layer, tab) in tabs {
            try await layer.groupAdd(tab, to: group, as: person())
            layer.announceCount(of: group, as: shape)
        }
        try await expectLast(shape.message(count: members + tabs.count, people: 1), in: group, subject)
        for (layer, tab) in tabs {
            layer.groupDiscard(tab, from: [group])
            layer.announceCount(of: group, as: shape)
        }
        // The people's number changes by itself, after the grace period.
        try await expectLast(shape.message(count: members, people: 0), in: group, subject)
    }

    private static func expectLast(
        _ message: Message,
        in group: GroupName,
        _ subject: ContractSubject
    ) async throws {
        let timeout = subject.timeout + subject.leaveGrace
        for (index, receiver) in subject.receivers.enumerated() {
            let seen = await receiver.messages(to: group, timeout: timeout) { messages in
                messages.last { $0.type == message.type } == message
            }
            let last = seen.last { $0.type == message.type }
            try Unexpected.unless(
                last == message,
                "receiver \(index) was told last: \(last.map { "\($0.fields)" } ?? "nothing")"
            )
        }
    }

    /// Waits until receivers were told this of a group's people, and a while longer for what they should not be told.
    private static func expect(
        _ expected: [String],
        in group: GroupName,
        _ subject: ContractSubject,
        inAnyOrder: Bool = false,
        receivers: [Int]? = nil
    ) async throws {
        for index in receivers ?? Array(subject.receivers.indices) {
            let receiver = subject.receivers[index]
            _ = await receiver.messages(to: group, timeout: subject.timeout + subject.leaveGrace) {
                told($0).count >= expected.count
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        for index in receivers ?? Array(subject.receivers.indices) {
            let seen = told(subject.receivers[index].messages(to: group))
            try Unexpected.unless(
                (inAnyOrder ? seen.sorted() : seen) == expected,
                "receiver \(index) was told \(seen) instead of \(expected)"
            )
        }
    }
}
