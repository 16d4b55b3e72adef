import NIOCore
import Testing

@testable import WebSocketServer

@Suite("Deadline queue")
struct DeadlineQueueTests {
    private static func second(_ seconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(0) + .seconds(seconds)
    }

    @Test("what has expired is taken once, oldest first; the rest stays")
    func expiry() {
        var queue = DeadlineQueue<String>(duration: .seconds(10))
        #expect(queue.popExpired(now: Self.second(100)) == [])
        queue.append("a", now: Self.second(0))
        queue.append("b", now: Self.second(3))
        queue.append("c", now: Self.second(3))
        queue.append("d", now: Self.second(4))
        #expect(queue.popExpired(now: Self.second(9)) == [])
        #expect(queue.popExpired(now: Self.second(10)) == ["a"])
        #expect(queue.popExpired(now: Self.second(10)) == [])
        #expect(queue.popExpired(now: Self.second(13)) == ["b", "c"])
        queue.append("e", now: Self.second(13))
        #expect(queue.popExpired(now: Self.second(50)) == ["d", "e"])
        #expect(queue.popExpired(now: Self.second(99)) == [])
    }
}
