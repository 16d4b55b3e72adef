import Messages

/// Whether the numbered messages of one sender arrived once each and in order.
struct SequenceSummary: Sendable, Equatable, CustomStringConvertible {
    var count = 0
    var duplicates = 0
    /// Messages that came after one with a higher number.
    var late = 0
    /// The first number that was missing when a higher one came; it may have come later.
    var firstGap: Int?

    /// All numbers from 0 on, once each, in order.
    static func whole(_ count: Int) -> SequenceSummary { SequenceSummary(count: count) }

    var description: String {
        "\(count) messages, \(duplicates) twice, \(late) late, first gap \(firstGap.map(String.init) ?? "none")"
    }
}

/// What came to one channel: numbered messages by their sender, and others as they are.
struct ChannelSummary: Sendable, Equatable {
    var senders: [String: SequenceSummary] = [:]
    var others: [Message] = []
    /// What receiving failed with.
    var errors: [String] = []

    var count: Int { senders.values.reduce(others.count) { $0 + $1.count } }
}

/// Keeps account of what comes to one channel, by the same rules as Tests/Django/sequence_tally.py.
struct ChannelTally: Sendable {
    /// What of a sender has been seen.
    private struct Progress: Sendable {
        var next = 0
        var seen: Set<Int> = []
    }

    private(set) var summary = ChannelSummary()
    private var progress: [String: Progress] = [:]

    mutating func add(_ message: Message) {
        guard let sender = message["sender"]?.stringValue, let number = message["number"]?.integerValue else {
            summary.others.append(message)
            return
        }
        add(Int(number), to: &progress[sender, default: Progress()], &summary.senders[sender, default: .whole(0)])
    }

    private func add(_ number: Int, to progress: inout Progress, _ summary: inout SequenceSummary) {
        summary.count += 1
        guard progress.seen.insert(number).inserted else {
            summary.duplicates += 1
            return
        }
        guard number >= progress.next else {
            summary.late += 1
            return
        }
        if number > progress.next, summary.firstGap == nil { summary.firstGap = progress.next }
        progress.next = number + 1
    }
}

extension Message {
    /// A message as `ChannelTally` and Tests/Django count them.
    static func numbered(_ number: Int, from sender: String) -> Message {
        Message(type: "test.message", ["sender": .string(sender), "number": .integer(Int64(number))])
    }

    /// The number of such a message.
    var number: Int? { self["number"]?.integerValue.map(Int.init) }
}
