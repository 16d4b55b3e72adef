import ChannelLayers
import Testing

@testable import RedisBackends

struct ChosenIDsTests {
    @Test("First ids grow, whatever the clock does")
    func first() {
        let ids = ChosenIDs()
        let made = [5, 5, 3, 6, 6].map { (clock: UInt64) in ids.first(milliseconds: clock).description }
        #expect(made == ["5-0", "5-1", "5-2", "6-0", "6-1"])
    }

    @Test("Further ones are greater than what was found, by the clock if it is ahead; the later, the farther")
    func again() throws {
        let last = try #require(MessageID("100-7"))
        let made = (0..<6).map { ChosenIDs.again(after: last, attempt: $0, milliseconds: 90).description }
        #expect(made == ["100-8", "100-8", "101-0", "101-0", "102-0", "102-0"])
        #expect(ChosenIDs.again(after: last, attempt: 0, milliseconds: 101).description == "101-0")
        #expect(ChosenIDs.again(after: .zero, attempt: 3, milliseconds: 101).description == "102-0")
    }
}
