import Testing

@testable import RedisBackends

@Suite("Work queue state")
struct WorkQueueStateTests {
    @Test("Whoever waits longest is served first, each once")
    func order() {
        var state = WorkQueueState<String>()
        #expect(!state.hasDemand && state.take() == nil)
        #expect(state.wait(1, "a") && state.wait(2, "b"))
        #expect(state.hasDemand)
        #expect(state.take() == "a" && state.take() == "b" && state.take() == nil)
    }

    @Test("Who gives up is served no more, and only while waiting can one give up")
    func cancelling() {
        var state = WorkQueueState<String>()
        _ = state.wait(1, "a")
        _ = state.wait(2, "b")
        #expect(state.cancel(1) == "a")
        #expect(state.cancel(1) == nil)
        #expect(state.take() == "b")
        #expect(state.cancel(2) == nil)
        #expect(!state.hasDemand)
    }

    @Test("A closed queue hands its waiters out once and takes no more")
    func closing() {
        var state = WorkQueueState<String>()
        _ = state.wait(1, "a")
        #expect(state.close() == ["a"])
        #expect(state.close().isEmpty)
        #expect(!state.wait(2, "b") && !state.hasDemand)
    }
}
