import Testing

@testable import Applications

struct DeskTellingTests {
    @Test("One is at it at a time, and tells once more for all who asked meanwhile")
    func coalesces() {
        var telling = DeskTelling()
        #expect(telling.ask(.here) == .here)
        #expect(telling.ask(.here) == nil)
        #expect(telling.ask(.everyone) == nil)
        #expect(telling.ask(.here) == nil)
        #expect(telling.told() == .everyone)
        #expect(telling.told() == nil)
        #expect(!telling.isRunning)
        #expect(telling.ask(.everyone) == .everyone)
    }

    @Test("Who could not be told is told with the next who ask, as many as were to be")
    func failures() {
        var telling = DeskTelling()
        #expect(telling.ask(.here) == .here)
        #expect(telling.ask(.everyone) == nil)
        telling.failed(.here)
        #expect(telling.owed == .everyone)
        #expect(telling.ask(.here) == .everyone)
        #expect(telling.owed == nil)
        telling.failed(.everyone)
        #expect(telling.ask(.everyone) == .everyone)
        #expect(telling.told() == nil)
    }
}
