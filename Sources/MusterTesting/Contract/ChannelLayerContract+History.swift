import ChannelLayers
import Messages

extension ChannelLayerContract {
    /// Promises about the history of groups that keep one, see `ContractSubject.histories`.
    static let history = [
        ChannelLayerContract("recorded messages are heard in the order of their ids, by everybody", recordedOrder),
        ChannelLayerContract("what was heard can be read, page by page, as it was heard", pages),
        ChannelLayerContract("of a history the newest messages can be read, as many as are wanted", newest),
        ChannelLayerContract("reading on after a message gives what came later, and no gap", readingOn),
        ChannelLayerContract("a message that is no longer kept, or never was, makes a gap", gaps),
        ChannelLayerContract("after the end of a history comes all that is recorded later, or a gap", end),
        ChannelLayerContract("a group that keeps no history is only sent to", nothingKept),
        ChannelLayerContract("an id that a message brings along is not the layer's", foreignIDs),
        ChannelLayerContract("what is sent locally reaches this process' connections alone", local),
        ChannelLayerContract("the people in a group can be listed", people(listed:)),
    ]

    /// Records numbered messages, one after the other; returns their ids.
    private static func record(
        _ numbers: Range<Int>,
        in group: GroupName,
        _ layer: any ChannelLayer,
        from sender: String = "contract"
    ) async throws -> [MessageID] {
        var ids: [MessageID] = []
        for number in numbers {
            guard let id = try await layer.groupRecord(.numbered(number, from: sender), to: group) else {
                throw Unexpected(seen: "message \(number) was given no id")
            }
            ids.append(id)
        }
        return ids
    }

    private static func recordedOrder(_ subject: ContractSubject) async throws {
        let group = try subject.newKeptGroup()
        _ = try await subject.joinOnEveryLayer(group)
        let (count, layers) = (ContractSubject.historyLength / 4, [subject.first, subject.last])
        let ids = try await withThrowingTaskGroup(of: [MessageID].self) { tasks in
            for sender in 0..<4 {
                tasks.addTask { try await record(0..<count, in: group, layers[sender % 2], from: "\(sender)") }
            }
            var all: [MessageID] = []
            for try await ids in tasks {
                try Unexpected.unless(ids == ids.sorted(), "the ids of one sender do not grow: \(ids)")
                all += ids
            }
            return all
        }
        try Unexpected.unless(Set(ids).count == 4 * count, "ids were given twice")
        for (index, receiver) in subject.receivers.enumerated() {
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { $0.count >= 4 * count }
            let heard = seen.compactMap(\.id)
            try Unexpected.unless(
                heard == ids.sorted() && seen.count == heard.count,
                "receiver \(index) heard \(seen.count) messages, \(heard.count) with ids, not in the order of ids"
            )
        }
    }

    private static func pages(_ subject: ContractSubject) async throws {
        let (group, count) = (try subject.newKeptGroup(), 20)
        _ = try await subject.joinOnEveryLayer(group)
        _ = try await record(0..<count, in: group, subject.last)
        for (layer, receiver) in zip(subject.layers, subject.receivers) {
            let heard = await receiver.messages(to: group, timeout: subject.timeout) { $0.count >= count }
            var (read, start): ([Message], MessageID) = ([], .zero)
            for turn in 0... {
                let page = try await layer.history(of: group, from: .after(start), limit: 7)
                read += page.messages
                try Unexpected.unless(!page.hasGap, "page \(turn) has a gap")
                try Unexpected.unless(
                    page.end == page.messages.last?.id && page.messages.count <= 7 && turn <= count,
                    "page \(turn) has \(page.messages.count) messages of 7 and ends at \(page.end)"
                )
                start = page.end
                if page.isLast { break }
            }
            try Unexpected.unless(
                read == heard && read.count == count,
                "\(read.compactMap(\.number)) were read of \(heard.compactMap(\.number))"
            )
        }
    }

    private static func newest(_ subject: ContractSubject) async throws {
        let group = try subject.newKeptGroup()
        let none = try await subject.last.history(of: group, from: .newest(3), limit: 100)
        let empty = HistoryPage(messages: [], hasGap: false, end: .zero, isLast: true)
        try Unexpected.unless(none == empty, "a history without messages gives \(none)")
        let ids = try await record(0..<10, in: group, subject.first)
        for (wanted, limit, expected) in [(3, 100, 7..<10), (50, 100, 0..<10), (50, 4, 6..<10)] {
            let page = try await subject.last.history(of: group, from: .newest(wanted), limit: limit)
            try Unexpected.unless(
                page.messages.compactMap(\.number) == Array(expected)
                    && page.messages.compactMap(\.id) == Array(ids[expected]),
                "the newest \(wanted), at most \(limit), are \(page.messages.compactMap(\.number))"
            )
            try Unexpected.unless(!page.hasGap && page.isLast && page.end == ids[9], "the page says \(page)")
        }
        // No number is an error.
        for (wanted, limit) in [(0, 100), (-1, 100), (Int.min, Int.min), (-1, Int.max)] {
            let page = try await subject.last.history(of: group, from: .newest(wanted), limit: limit)
            try Unexpected.unless(page.messages.isEmpty, "of the newest \(wanted), \(page.messages.count) are given")
        }
        for limit in [0, -1, Int.min] {
            let page = try await subject.last.history(of: group, from: .after(ids[0]), limit: limit)
            try Unexpected.unless(page.messages.count <= 1, "at most \(limit) are \(page.messages.count)")
        }
    }

    private static func readingOn(_ subject: ContractSubject) async throws {
        let group = try subject.newKeptGroup()
        let ids = try await record(0..<10, in: group, subject.first)
        for (index, id) in ids.enumerated() {
            let page = try await subject.last.history(of: group, from: .after(id), limit: 100)
            try Unexpected.unless(
                page.messages.compactMap(\.number) == Array(index + 1..<10),
                "after message \(index) come \(page.messages.compactMap(\.number))"
            )
            try Unexpected.unless(!page.hasGap && page.isLast && page.end == ids[9], "the page says \(page)")
        }
    }

    private static func gaps(_ subject: ContractSubject) async throws {
        let (group, kept) = (try subject.newKeptGroup(), ContractSubject.historyLength)
        let ids = try await record(0..<kept + 10, in: group, subject.first)
        func expectAll(after id: MessageID, hasGap: Bool, _ what: String) async throws {
            let page = try await subject.last.history(of: group, from: .after(id), limit: 1000)
            try Unexpected.unless(page.hasGap == hasGap, "\(what), there is \(page.hasGap ? "a" : "no") gap")
            try Unexpected.unless(
                page.messages.compactMap(\.id) == Array(ids.suffix(kept)),
                "\(what), \(page.messages.count) of \(kept) are given"
            )
        }
        try await expectAll(after: ids[8], hasGap: true, "after the last but one that is gone")
        try await expectAll(after: ids[9], hasGap: false, "after the last that is gone")
        let future = MessageID(milliseconds: ids[9].milliseconds + 86_400_000, sequence: 7)
        try await expectAll(after: future, hasGap: true, "after one that is yet to come")
        let other = MessageID(milliseconds: ids[0].milliseconds - 1, sequence: 7)
        try await expectAll(after: other, hasGap: true, "after one that never was")
        let empty = try await subject.last.history(of: subject.newKeptGroup(), from: .after(ids[0]), limit: 10)
        try Unexpected.unless(empty.hasGap && empty.messages.isEmpty, "after one of another group: \(empty)")
    }

    private static func end(_ subject: ContractSubject) async throws {
        let (group, lost) = (try subject.newKeptGroup(), try subject.newKeptGroup())
        guard let begin = try await subject.first.historyEnd(of: group) else {
            throw Unexpected(seen: "a history that is kept has no end")
        }
        let ids = try await record(0..<3, in: group, subject.last)
        let page = try await subject.last.history(of: group, from: .after(begin), limit: 10)
        try Unexpected.unless(page.messages.compactMap(\.id) == ids && !page.hasGap, "after the end come \(page)")
        let end = try await subject.last.historyEnd(of: group)
        try Unexpected.unless(end == ids[2], "the history ends at \(String(describing: end)) instead of \(ids[2])")
        guard let position = try await subject.last.historyEnd(of: lost) else {
            throw Unexpected(seen: "a history that is kept has no end")
        }
        _ = try await record(0..<1, in: lost, subject.first)
        try await subject.first.flush()
        for start in [(group, ids[2]), (lost, position)] {
            let page = try await subject.last.history(of: start.0, from: .after(start.1), limit: 10)
            try Unexpected.unless(page.hasGap, "the history was deleted, and there is no gap")
        }
    }

    private static func nothingKept(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        _ = try await subject.joinOnEveryLayer(group)
        let id = try await subject.last.groupRecord(.numbered(1), to: group)
        try Unexpected.unless(id == nil, "it was given the id \(String(describing: id))")
        for receiver in subject.receivers {
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { !$0.isEmpty }
            try Unexpected.unless(seen == [.numbered(1)], "\(seen) arrived")
        }
        let page = try await subject.first.history(of: group, from: .newest(10), limit: 10)
        let empty = HistoryPage(messages: [], hasGap: false, end: .zero, isLast: true)
        try Unexpected.unless(page == empty, "there is a history: \(page)")
        let end = try await subject.first.historyEnd(of: group)
        try Unexpected.unless(end == nil, "it ends at \(String(describing: end))")
        for start in [MessageID.zero, MessageID(milliseconds: 7, sequence: 7)] {
            let page = try await subject.first.history(of: group, from: .after(start), limit: 10)
            try Unexpected.unless(page.hasGap && page.messages.isEmpty, "after \(start) comes \(page)")
        }
    }

    private static func foreignIDs(_ subject: ContractSubject) async throws {
        let (group, foreign) = (try subject.newKeptGroup(), MessageID(milliseconds: 7, sequence: 7))
        _ = try await subject.joinOnEveryLayer(group)
        let message = Message.numbered(1).identified(as: foreign)
        try await subject.last.groupSend(message, to: group)
        let id = try await subject.last.groupRecord(message, to: group)
        for receiver in subject.receivers {
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { $0.count >= 2 }
            try Unexpected.unless(seen.map(\.id) == [nil, id] && id != nil, "the ids are \(seen.map(\.id))")
        }
        let page = try await subject.first.history(of: group, from: .newest(10), limit: 10)
        try Unexpected.unless(page.messages == [Message.numbered(1).identified(as: id)], "kept is \(page)")
    }

    private static func local(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        _ = try await subject.joinOnEveryLayer(group)
        subject.first.localGroupSend(.numbered(1), to: group)
        try await subject.first.groupSend(.numbered(2), to: group)
        for (index, receiver) in subject.receivers.enumerated() {
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { $0.last?.number == 2 }
            let expected = index == 0 ? [1, 2] : [2]
            try Unexpected.unless(
                seen.compactMap(\.number) == expected,
                "receiver \(index) has \(seen.compactMap(\.number)) instead of \(expected)"
            )
        }
    }

    private static func people(listed subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        let names = ["bob", "Anna Lena", "Zoë 🙂"]
        var channels: [(layer: any ChannelLayer, channel: ChannelName)] = []
        for layer in subject.layers {
            for name in names {
                let channel = layer.newConnectionChannel()
                try await layer.groupAdd(channel, to: group, as: Person(try UserName(name), presence: nil))
                channels.append((layer, channel))
            }
        }
        for (index, layer) in subject.layers.enumerated() {
            var listed: [String] = []
            let isRight = try await subject.eventually {
                listed = try await layer.groupPeople(group, limit: names.count).map(\.rawValue).sorted()
                return listed == names.sorted()
            }
            try Unexpected.unless(isRight, "layer \(index) lists \(listed)")
            let some = Set(try await layer.groupPeople(group, limit: 2).map(\.rawValue))
            try Unexpected.unless(
                some.count == 2 && some.isSubset(of: names),
                "layer \(index) lists \(some.sorted()) where two of \(names) were asked for"
            )
        }
        for (layer, channel) in channels { layer.groupDiscard(channel, from: [group]) }
        try await subject.expectPeople(0, in: group)
        let left = try await subject.last.groupPeople(group, limit: names.count)
        try Unexpected.unless(left.isEmpty, "\(left) are listed after all have left")
    }
}
