import DequeModule
import Messages

/// The histories of groups in memory: what is over a group's limit goes, and in the end the group itself.
struct KeptHistories: Sendable {
    /// How long a history without messages still knows which its last one was.
    static let afterlife = Duration.seconds(7 * 86_400)
    /// How many groups are looked at for each message or end: more than it can add, so that what is left over is found.
    private static let step = 2

    private var groups: [GroupName: RecordedMessages] = [:]
    /// Every group once, the one that was looked at longest ago first.
    private var turns: Deque<GroupName> = []
    /// The first millisecond of which no id was ever deleted: a history that begins anew at once must not begin where the
    /// deleted one did, or nobody would know that they are two.
    private var undeleted: UInt64 = 0

    var count: Int { groups.count }

    /// Records a message; returns it with its id, `nil` if its group keeps none.
    mutating func record(
        _ message: Message,
        in group: GroupName,
        _ limits: HistoryLimits,
        milliseconds: UInt64,
        now: ContinuousClock.Instant
    ) -> Message? {
        guard let limit = limits.limit(of: group) else { return nil }
        if groups[group] == nil { turns.append(group) }
        let recorded = groups[group, default: RecordedMessages()]
            .record(message, limit: limit, milliseconds: max(milliseconds, undeleted), now: now)
        sweep(limits, now: now)
        return recorded
    }

    /// Reads a page of a group's history.
    mutating func page(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int,
        _ limits: HistoryLimits,
        now: ContinuousClock.Instant
    ) -> HistoryPage {
        guard let kept = limits.limit(of: group) else { return .nothingKept(from: start) }
        groups[group]?.trim(kept, now: now)
        return (groups[group] ?? RecordedMessages()).page(from: start, limit: limit)
    }

    /// Where a group's history ends, which begins here if there is none; `nil` if the group keeps none.
    mutating func end(
        of group: GroupName,
        _ limits: HistoryLimits,
        milliseconds: UInt64,
        now: ContinuousClock.Instant
    ) -> MessageID? {
        guard limits.limit(of: group) != nil else { return nil }
        if groups[group] == nil { turns.append(group) }
        let end = groups[group, default: RecordedMessages()]
            .end(milliseconds: max(milliseconds, undeleted), now: now)
        sweep(limits, now: now)
        return end
    }

    mutating func removeAll() {
        undeleted = groups.values.reduce(undeleted) { max($0, $1.newest.milliseconds + 1) }
        groups = [:]
        turns = []
    }

    /// Lets go of what is too old in a few groups; each has its turn.
    private mutating func sweep(_ limits: HistoryLimits, now: ContinuousClock.Instant) {
        for _ in 0..<min(Self.step, turns.count) {
            guard let group = turns.popFirst() else { return }
            guard let limit = limits.limit(of: group) else { continue }
            groups[group]?.trim(limit, now: now)
            if groups[group]?.isForgotten(after: limit.age + Self.afterlife, now: now) == false {
                turns.append(group)
            } else {
                groups[group] = nil
            }
        }
    }
}
