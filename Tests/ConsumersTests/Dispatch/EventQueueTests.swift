import Messages
import Testing

@testable import Consumers

struct EventQueueTests {
    private func append(_ event: ConsumerEvent, to queue: inout EventQueue) -> SessionPressure { queue.append(event) }

    @Test("An abandoned queue keeps the end, and nothing else")
    func abandoned() {
        var queue = EventQueue()
        #expect(append(.text("a"), to: &queue) == .open)
        #expect(append(.disconnected(.goingAway), to: &queue) == .open)
        let hadNoRoom = queue.abandon()
        #expect(!hadNoRoom)
        #expect(queue.isAbandoned)
        #expect(append(.text("b"), to: &queue) == .open)
        #expect(append(.message(Message(type: "m")), to: &queue) == .open)
        guard case .disconnected(.goingAway)? = queue.popFirst()?.event else {
            Issue.record("the end is not kept")
            return
        }
        let nothing = queue.popFirst()?.event
        #expect(nothing == nil)
        #expect(append(.disconnected(.internalError), to: &queue) == .open)
        let end = queue.popFirst()?.event
        #expect(end != nil)
    }

    @Test("A full queue that is abandoned has room again, which is told once")
    func room() {
        var queue = EventQueue()
        for _ in 0..<EventQueue.capacity { _ = queue.append(.text("a")) }
        #expect(append(.text("a"), to: &queue) == .full)
        let first = queue.abandon()
        let second = queue.abandon()
        #expect(first && !second)
        #expect(append(.text("a"), to: &queue) == .open)
    }
}
