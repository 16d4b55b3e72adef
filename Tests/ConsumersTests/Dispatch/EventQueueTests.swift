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

    @Test("Pongs without end fill the queue, so that the client is not read on until they are handled")
    func pongs() {
        var queue = EventQueue()
        for number in 1..<EventQueue.capacity { #expect(append(.answered(UInt64(number)), to: &queue) == .open) }
        #expect(append(.answered(0), to: &queue) == .full)
        var rooms = 0
        while let next = queue.popFirst() { rooms += next.hasRoomAgain ? 1 : 0 }
        #expect(rooms == 1)
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
