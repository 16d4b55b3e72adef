import NIOCore
import Synchronization

/// Where callers on any thread leave commands for the event loop, which takes all of them at once: one wake-up, one write.
///
/// Bounded: it counts every command until its reply, and refuses further ones at the limit. While there is no connection
/// it refuses at once.
final class CommandOutbox: Sendable {
    typealias Submission = RedisConnectionStateMachine<CommandCompletion>.Submission

    private struct State {
        /// Why commands are refused now; `nil` while there is a connection.
        var refusal: RedisError?
        var submissions: [Submission] = []
        var bytes = ByteBuffer()
        var pendingCommands = 0
    }

    enum EnqueueAction: Equatable {
        /// The first since the last `takeAll`: have the event loop call it.
        case scheduleTake
        /// A take is on its way.
        case none
        case refuse(RedisError)
    }

    private let limit: Int
    private let state: Mutex<State>

    init(limit: Int, refusal: RedisError) {
        self.limit = limit
        state = Mutex(State(refusal: refusal))
    }

    /// Leaves commands to be sent.
    func enqueue(_ submission: Submission, bytes: ByteBuffer) -> EnqueueAction {
        state.withLock { state in
            if let refusal = state.refusal { return .refuse(refusal) }
            guard state.pendingCommands + submission.replyCount <= limit else {
                return .refuse(
                    Self.overload(pending: state.pendingCommands, adding: submission.replyCount, limit: limit)
                )
            }
            state.pendingCommands += submission.replyCount
            if state.submissions.isEmpty {
                state.submissions.append(submission)
                state.bytes = bytes
                return .scheduleTake
            }
            state.submissions.append(submission)
            state.bytes.writeImmutableBuffer(bytes)
            return .none
        }
    }

    /// Everything left so far, to be sent on the connection there is.
    func takeAll() -> (submissions: [Submission], bytes: ByteBuffer) {
        state.withLock { state in
            defer {
                state.submissions = []
                state.bytes = ByteBuffer()
            }
            return (state.submissions, state.bytes)
        }
    }

    /// Makes room: this many commands have their replies.
    func answered(_ commands: Int) {
        state.withLock { $0.pendingCommands = max(0, $0.pendingCommands - commands) }
    }

    /// Lets commands in: there is a connection.
    func open() {
        state.withLock { $0.refusal = nil }
    }

    /// Refuses commands from now on, for this reason, and returns those that were not taken: they were never sent.
    func close(_ reason: RedisError) -> [Submission] {
        state.withLock { state in
            defer {
                state.submissions = []
                state.bytes = ByteBuffer()
                state.pendingCommands = 0
            }
            state.refusal = reason
            return state.submissions
        }
    }

    private static func overload(pending: Int, adding: Int, limit: Int) -> RedisError {
        let state =
            "\(pending) Redis commands are waiting for replies and \(adding) more would exceed the limit of \(limit)"
        return RedisError(.overloaded, "\(state); look for slow commands (SLOWLOG GET) or spread the load")
    }
}
