import NIOCore
import Synchronization
import Testing

@testable import Redis

/// The meeting point of callers and event loop.
@Suite("Command outbox")
struct CommandOutboxTests {
    private let down = RedisError(.unavailable, "down")

    private func submission(_ replies: Int = 1) -> CommandOutbox.Submission {
        .init(request: .callback { _ in }, replyCount: replies)
    }

    @Test("Only the first command after a take asks for the next; bytes come out in order")
    func coalescing() {
        let outbox = CommandOutbox(limit: 10, refusal: down)
        outbox.open()
        #expect(outbox.enqueue(submission(), bytes: ByteBuffer(string: "a")) == .scheduleTake)
        #expect(outbox.enqueue(submission(2), bytes: ByteBuffer(string: "bc")) == .none)
        let (submissions, bytes) = outbox.takeAll()
        #expect(submissions.map(\.replyCount) == [1, 2])
        #expect(bytes == ByteBuffer(string: "abc"))
        #expect(outbox.takeAll().submissions.isEmpty)
        #expect(outbox.enqueue(submission(), bytes: ByteBuffer(string: "d")) == .scheduleTake)
    }

    @Test("Commands without a reply count against the limit, taken or not; replies make room")
    func limit() {
        let outbox = CommandOutbox(limit: 3, refusal: down)
        outbox.open()
        #expect(outbox.enqueue(submission(2), bytes: ByteBuffer()) == .scheduleTake)
        _ = outbox.takeAll()
        #expect(code(outbox.enqueue(submission(2), bytes: ByteBuffer())) == .overloaded)
        #expect(outbox.enqueue(submission(1), bytes: ByteBuffer()) == .scheduleTake)
        #expect(code(outbox.enqueue(submission(1), bytes: ByteBuffer())) == .overloaded)
        outbox.answered(2)
        #expect(outbox.enqueue(submission(2), bytes: ByteBuffer()) == .none)
    }

    @Test("Closed, it refuses with the reason and gives back what was never sent; opened again, it is empty")
    func closing() {
        let outbox = CommandOutbox(limit: 2, refusal: down)
        #expect(outbox.enqueue(submission(), bytes: ByteBuffer()) == .refuse(down))
        outbox.open()
        #expect(outbox.enqueue(submission(2), bytes: ByteBuffer(string: "x")) == .scheduleTake)
        let lost = RedisError(.unavailable, "lost")
        #expect(outbox.close(lost).count == 1)
        #expect(outbox.enqueue(submission(), bytes: ByteBuffer()) == .refuse(lost))
        outbox.open()
        #expect(outbox.takeAll().bytes.readableBytes == 0)
        #expect(outbox.enqueue(submission(2), bytes: ByteBuffer()) == .scheduleTake)
    }

    private func code(_ action: CommandOutbox.EnqueueAction) -> RedisError.Code? {
        guard case .refuse(let error) = action else { return nil }
        return error.code
    }
}
