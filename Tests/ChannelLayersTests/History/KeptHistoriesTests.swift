import Messages
import Testing

@testable import ChannelLayers

struct KeptHistoriesTests {
    private static let start = ContinuousClock.now
    private static let limits = HistoryLimits([(glob: "kept.*", limit: HistoryLimit(count: 3, age: .seconds(10)))])
    /// When a group that was last told something at the start is forgotten.
    private static let end = start + .seconds(10) + KeptHistories.afterlife

    private static func record(
        in group: String,
        _ histories: inout KeptHistories,
        at now: ContinuousClock.Instant
    ) throws -> Message? {
        let group = try GroupName(group)
        return histories.record(Message(type: "t"), in: group, limits, milliseconds: 5, now: now)
    }

    @Test("Groups that are told nothing more are forgotten long after their last message, those in use never")
    func sweep() throws {
        var histories = KeptHistories()
        for number in 0..<100 { _ = try Self.record(in: "kept.\(number)", &histories, at: Self.start) }
        #expect(histories.count == 100)
        for _ in 0..<200 { _ = try Self.record(in: "kept.0", &histories, at: Self.end) }
        #expect(histories.count == 100)
        for _ in 0..<50 { _ = try Self.record(in: "kept.0", &histories, at: Self.end + .seconds(1)) }
        #expect(histories.count == 1)
        let last = try Self.record(in: "kept.0", &histories, at: Self.end + .seconds(2))?.id
        #expect(last?.description == "5-251")
    }

    @Test("However many groups come and go, no more are held than came in that time")
    func bound() throws {
        var histories = KeptHistories()
        let second = (Self.end - Self.start) / 100
        for number in 0..<1000 {
            _ = try Self.record(in: "kept.\(number)", &histories, at: Self.start + second * number)
            #expect(histories.count <= 210)
        }
        histories.removeAll()
        #expect(histories.count == 0)
        #expect(try Self.record(in: "kept.1", &histories, at: Self.end)?.id?.description == "6-0")
    }

    @Test("A history that somebody follows before its first message is known like the others, and forgotten like them")
    func begun() throws {
        var histories = KeptHistories()
        func end(_ group: GroupName, at now: ContinuousClock.Instant) -> MessageID? {
            histories.end(of: group, Self.limits, milliseconds: 5, now: now)
        }
        let begin = end("kept.1", at: Self.start)
        #expect(begin != nil)
        #expect(end("kept.1", at: Self.end) == begin)
        #expect(end("other", at: Self.end) == nil)
        #expect(histories.count == 1)
        #expect(try Self.record(in: "kept.2", &histories, at: Self.end + .seconds(1)) != nil)
        #expect(histories.count == 1)
    }

    @Test("A group that keeps nothing has no history, and numbers out of range are no error")
    func edges() throws {
        var histories = KeptHistories()
        #expect(try Self.record(in: "other", &histories, at: Self.start) == nil)
        #expect(histories.count == 0)
        for _ in 0..<2 { _ = try Self.record(in: "kept.1", &histories, at: Self.start) }
        func length(_ start: HistoryStart, _ limit: Int) -> Int {
            histories.page(of: GroupName("kept.1"), from: start, limit: limit, Self.limits, now: Self.start)
                .messages.count
        }
        #expect(length(.newest(-1), 9) == 0)
        #expect(length(.newest(.min), .min) == 0)
        #expect(length(.newest(.max), .max) == 2)
        #expect(length(.after(.zero), -1) == 1)
        #expect(length(.after(.zero), .max) == 2)
    }

    @Test("A history that begins in the millisecond in which all were deleted does not begin where the old one did")
    func deletedAtOnce() throws {
        var histories = KeptHistories()
        let group: GroupName = "kept.1"
        let old = histories.end(of: group, Self.limits, milliseconds: 5, now: Self.start)
        histories.removeAll()
        let new = histories.end(of: group, Self.limits, milliseconds: 5, now: Self.start)
        #expect(old != nil && new != nil && old != new)
        histories.removeAll()
        #expect(try #require(try Self.record(in: "kept.1", &histories, at: Self.start)?.id) > #require(new))
    }
}
