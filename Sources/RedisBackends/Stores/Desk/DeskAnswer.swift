import Applications
import ChannelLayers
import CoreMetrics
import Redis

/// What `desk.lua` says.
struct DeskAnswer: Sendable {
    let version: Int
    let hasChanged: Bool
    private let texts: [String]

    /// Reads a reply; `nil` for what the script does not say.
    init?(_ reply: RedisReply) {
        guard let elements = reply.elements, elements.count >= 2, let version = elements[0].int else { return nil }
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count else { return nil }
        self.version = version
        hasChanged = texts[1] == "1"
        self.texts = Array(texts.dropFirst(2))
    }

    /// What it says first.
    var word: String? { texts.first }
    /// The names behind that.
    var names: [UserName] { texts.dropFirst().compactMap { UserName(stored: $0) } }
    /// What it says, if that is names alone.
    var allNames: [UserName] { texts.compactMap { UserName(stored: $0) } }

    /// The talks behind the first word, the first so many and the others; `nil` if there are not so many.
    ///
    /// A talk of which one name is none is passed over, and no other.
    func talks(first count: Int) -> (first: [DeskSweep.Talk], others: [DeskSweep.Talk])? {
        let pairs = stride(from: 1, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
        guard (0...pairs.count).contains(count) else { return nil }
        func talks(_ pairs: some Sequence<(String, String)>) -> [DeskSweep.Talk] {
            pairs.compactMap { customer, staff in
                guard let customer = UserName(stored: customer), let staff = UserName(stored: staff) else { return nil }
                return DeskSweep.Talk(customer: customer, staff: staff)
            }
        }
        return (talks(pairs.prefix(count)), talks(pairs.dropFirst(count)))
    }

    var unexpected: ChannelLayerError { ChannelLayerError(unreadable: "desk") }
}

extension ChannelLayerError {
    /// A script of the desk gave something else than it does.
    init(unreadable script: String) {
        self.init(
            code: .refused,
            message:
                "the script \(script) has answered what it never should: look who else writes asgi:{support}:… keys"
        )
    }
}

extension UserName {
    /// A name that Redis held; one that is none was written by somebody else, and is passed over.
    fileprivate init?(stored text: String) {
        do {
            try self.init(text)
        } catch {
            LayerMetrics.strayNames.increment()
            return nil
        }
    }
}

extension DeskSnapshot {
    /// Reads what `read_desk.lua` says; `nil` for what it does not say.
    init?(_ reply: RedisReply) {
        guard let parts = reply.elements, parts.count == 6, let version = parts[0].int else { return nil }
        let lists = parts.dropFirst().compactMap { $0.elements }
        guard lists.count == 5 else { return nil }
        var began: [String: Int] = [:]
        for (customer, time) in Self.pairs(lists[4]) { began[customer] = time.int }
        let talks = Self.pairs(lists[1]).compactMap { name, staff -> Talk? in
            guard let customer = UserName(stored: name), let staff = staff.string.flatMap({ UserName(stored: $0) })
            else { return nil }
            return Talk(customer, with: staff, began: began[name] ?? 0)
        }
        let away = Set(lists[3].compactMap { $0.string.flatMap { UserName(stored: $0) } })
        self.init(
            version: version,
            waiting: Self.pairs(lists[0]).compactMap { name, order in
                // A number that somebody else wrote may be anything.
                UserName(stored: name).map { Waiting($0, order: order.int ?? 0) }
            },
            talks: talks,
            staff: lists[2].compactMap { $0.string.flatMap { UserName(stored: $0) } },
            away: away.intersection(talks.map(\.customer))
        )
    }

    private static func pairs(_ elements: [RedisReply]) -> [(String, RedisReply)] {
        stride(from: 0, to: elements.count - 1, by: 2).compactMap { index in
            elements[index].string.map { ($0, elements[index + 1]) }
        }
    }
}
