import Messages
import Testing

@testable import ChannelLayers

struct RecordedMessagesTests {
    private static let start = ContinuousClock.now
    private static let limit = HistoryLimit(count: 3, age: .seconds(10))

    /// A history of one message a second.
    private static func history(_ count: Int) -> RecordedMessages {
        var history = RecordedMessages()
        for number in 0..<count {
            let now = start + .seconds(number)
            let message = Message(type: "\(number)")
            _ = history.record(message, limit: limit, milliseconds: UInt64(1000 * (number + 1)), now: now)
        }
        return history
    }

    private static func id(_ number: Int) -> MessageID {
        MessageID(milliseconds: UInt64(1000 * (number + 1)), sequence: 0)
    }

    @Test("It keeps so many and so long, and tells what it kept no longer")
    func trimming() {
        var history = Self.history(5)
        #expect(history.page(from: .newest(9), limit: 9).messages.map(\.type) == ["2", "3", "4"])
        history.trim(Self.limit, now: Self.start + .seconds(13))
        #expect(history.page(from: .newest(9), limit: 9).messages.map(\.type) == ["3", "4"])
        #expect(history.page(from: .after(Self.id(1)), limit: 9).hasGap)
        #expect(!history.page(from: .after(Self.id(2)), limit: 9).hasGap)
        history.trim(Self.limit, now: Self.start + .seconds(100))
        let empty = HistoryPage(messages: [], hasGap: false, end: Self.id(4), isLast: true)
        #expect(history.page(from: .newest(9), limit: 9) == empty)
        #expect(history.page(from: .after(Self.id(4)), limit: 9) == empty)
        #expect(history.page(from: .after(Self.id(3)), limit: 9).hasGap)
    }

    @Test(
        "Asked for its end, a history without messages begins: what comes later is all, and what came before is a gap"
    )
    func end() {
        var history = RecordedMessages()
        let end = history.end(milliseconds: 500, now: Self.start)
        #expect(end.description == "500-0")
        #expect(history.end(milliseconds: 700, now: Self.start) == end)
        #expect(!history.page(from: .after(end), limit: 9).hasGap)
        #expect(history.page(from: .after(.zero), limit: 9).hasGap)
        let id = history.record(Message(type: "t"), limit: Self.limit, milliseconds: 500, now: Self.start).id
        #expect(id?.description == "500-1")
        let page = history.page(from: .after(end), limit: 9)
        #expect(page.messages.map(\.id) == [id] && !page.hasGap)
        #expect(history.end(milliseconds: 900, now: Self.start) == id)
    }

    @Test("Ids grow, whatever the clock does")
    func clock() {
        var history = RecordedMessages()
        let ids = [5, 5, 3, 6, 0, 6].map { (clock: UInt64) in
            history.record(Message(type: "t"), limit: Self.limit, milliseconds: clock, now: Self.start).id
        }
        #expect(ids.compactMap { $0?.description } == ["5-0", "5-1", "5-2", "6-0", "6-1", "6-2"])
    }
}
