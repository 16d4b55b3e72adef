import ChannelLayers

extension ChannelLayerContract {
    /// Promises about names, joining and leaving.
    static let membership = [
        ChannelLayerContract("newChannel makes well-formed names that nothing else has", newChannelIsUnique),
        ChannelLayerContract("names that Channels would refuse throw .invalidName", invalidNamesThrow),
        ChannelLayerContract("acknowledged joins are counted and listed, in every process", joinsAreCounted),
        ChannelLayerContract("joining twice is joining once", joiningTwice),
        ChannelLayerContract("a group that nobody is in is empty, and sending to it is no error", emptyGroup),
        ChannelLayerContract("a channel that left is counted no more and gets nothing", discardStops),
        ChannelLayerContract("leaving takes a channel out of the named groups alone", discardIsExact),
        ChannelLayerContract("a join is answered once: acknowledged, or .closed if the channel left", abandonedJoin),
    ]

    private static func newChannelIsUnique(_ subject: ContractSubject) async throws {
        let names = await withTaskGroup(of: [ChannelName].self) { tasks in
            for layer in subject.layers + subject.layers {
                tasks.addTask { (0..<500).map { _ in layer.newConnectionChannel() } }
                tasks.addTask { (0..<500).map { _ in layer.newChannel() } }
            }
            return await tasks.reduce(into: []) { $0 += $1 }
        }
        try Unexpected.unless(Set(names).count == names.count, "\(names.count - Set(names).count) names came twice")
        for name in names {
            _ = try ChannelName(name.rawValue)
            try Unexpected.unless(name.rawValue.contains("!"), "\(name) is no channel of a process")
        }
    }

    private static func invalidNamesThrow(_ subject: ContractSubject) async throws {
        let long = String(repeating: "x", count: 100)
        for text in ["", long, "a b", "a!b", "ä", "a\n", "a/b"] {
            try expectInvalid(text) { () throws(ChannelLayerError) in _ = try GroupName(text) }
        }
        for text in ["", long, "!a", "a!b!c", "a b", "ä", "a\n"] {
            try expectInvalid(text) { () throws(ChannelLayerError) in _ = try ChannelName(text) }
        }
    }

    private static func expectInvalid(_ text: String, _ make: () throws(ChannelLayerError) -> Void) throws {
        do {
            try make()
        } catch {
            try Unexpected.unless(error.code == .invalidName, "\(text.debugDescription) throws .\(error.code)")
            return
        }
        throw Unexpected(seen: "\(text.debugDescription) is taken")
    }

    private static func joinsAreCounted(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        var channels: Set<ChannelName> = []
        for _ in 0..<3 {
            channels.formUnion(try await subject.joinOnEveryLayer(group))
            for (index, layer) in subject.layers.enumerated() {
                let count = try await layer.groupCount(group)
                try Unexpected.unless(count == channels.count, "layer \(index) counts \(count) of \(channels.count)")
                let members = try await layer.groupMembers(group)
                try Unexpected.unless(
                    members.count == channels.count && Set(members) == channels,
                    "layer \(index) lists \(members) instead of \(channels)"
                )
            }
        }
    }

    private static func joiningTwice(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        let channel = subject.first.newConnectionChannel()
        for _ in 0..<3 { try await subject.first.groupAdd(channel, to: group) }
        try await subject.expectCount(1, of: group)
        subject.first.groupDiscard(channel, from: [group])
        try await subject.expectCount(0, of: group)
    }

    private static func emptyGroup(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        for layer in subject.layers {
            let count = try await layer.groupCount(group)
            let members = try await layer.groupMembers(group)
            try Unexpected.unless(count == 0 && members.isEmpty, "count \(count), members \(members)")
            layer.groupDiscard(layer.newConnectionChannel(), from: [group])
            try await layer.groupSend(.numbered(0), to: group)
        }
    }

    private static func discardStops(_ subject: ContractSubject) async throws {
        let (group, witness) = (try subject.newGroup(), try subject.newGroup())
        let channel = subject.first.newConnectionChannel()
        try await subject.first.groupAdd(channel, to: witness)
        try await subject.first.groupAdd(channel, to: group)
        subject.first.groupDiscard(channel, from: [group])
        try await subject.expectCount(0, of: group)
        // The relay hears of it in the background: of the probes, one must be the first that does not come.
        let receiver = subject.receivers[0]
        var probe = 0
        let hasStopped = try await subject.eventually {
            probe += 1
            let mark = probe
            try await subject.last.groupSend(.numbered(mark), to: group)
            try await subject.last.groupSend(.numbered(mark), to: witness)
            let seen = await receiver.messages(to: witness, timeout: subject.timeout) { $0.last?.number == mark }
            try Unexpected.unless(seen.last?.number == mark, "the other group of the channel got nothing")
            return receiver.messages(to: group).last?.number != mark
        }
        try Unexpected.unless(hasStopped, "messages go on coming")
    }

    private static func discardIsExact(_ subject: ContractSubject) async throws {
        let (left, stayed) = (try subject.newGroup(), try subject.newGroup())
        let (leaver, other) = (subject.first.newConnectionChannel(), subject.first.newConnectionChannel())
        for group in [left, stayed] {
            try await subject.first.groupAdd(leaver, to: group)
            try await subject.first.groupAdd(other, to: group)
        }
        subject.first.groupDiscard(leaver, from: [left, try subject.newGroup()])
        try await subject.expectCount(1, of: left)
        try await subject.expectCount(2, of: stayed)
        for group in [left, stayed] {
            try await subject.last.groupSend(.numbered(7), to: group)
            let seen = await subject.receivers[0].messages(to: group, timeout: subject.timeout) { !$0.isEmpty }
            try Unexpected.unless(seen.map(\.number) == [7], "the member that stayed got \(seen)")
        }
    }

    private static func abandonedJoin(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        let answers = Watched<[Result<Void, ChannelLayerError>]>([])
        let joins = 100
        for _ in 0..<joins {
            let channel = subject.first.newConnectionChannel()
            subject.first.groupAdd(channel, to: group) { answer in answers.update { $0.append(answer) } }
            subject.first.groupDiscard(channel, from: [group])
        }
        _ = await answers.wait(timeout: subject.timeout) { $0.count >= joins ? () : nil }
        try await subject.expectCount(0, of: group)
        let seen = answers.read { $0 }
        try Unexpected.unless(seen.count == joins, "\(joins) joins got \(seen.count) answers")
        for case .failure(let error) in seen {
            try Unexpected.unless(error.code == .closed, "a join failed with .\(error.code): \(error)")
        }
    }
}
