import DequeModule
import NIOCore

/// The life of one connection: handshake, commands in flight in the order sent, health checks, end.
///
/// Pure: it never reads a clock and does no I/O. `Request` is whatever wants the answer. Time limits are the same for all
/// requests, so the oldest one is always the next to expire and one timer serves all of them.
struct RedisConnectionStateMachine<Request> {
    /// Something to be sent, and how many replies Redis gives to it.
    struct Submission {
        var request: Request
        var replyCount: Int
        /// Whether an error reply stands for all replies, as for SUBSCRIBE with several topics.
        var endsAtError = false
    }

    private struct Pending {
        /// `nil` is a health check.
        let request: Request?
        let replyCount: Int
        let endsAtError: Bool
        let deadline: NIODeadline
        var replies: [RedisReply] = []
    }

    private enum Phase {
        /// No TCP connection yet. Goes to `handshaking`, `closed`.
        case connecting
        /// Waits for the reply to the step with this index. Goes to `ready`, `closed`.
        case handshaking(step: Int, deadline: NIODeadline)
        /// Takes requests. Goes to `draining`, `closed`.
        case ready
        /// Takes no more requests and ends with the last reply. Goes to `closed`.
        case draining
        /// Over, for this reason. Final.
        case closed(RedisError)
    }

    private let handshake: RedisHandshake
    private let address: RedisAddress
    private let commandTimeout: TimeAmount
    private let pingInterval: TimeAmount
    private var phase = Phase.connecting
    private var pending = Deque<Pending>()
    private var lastSign = NIODeadline.uptimeNanoseconds(0)

    init(address: RedisAddress, configuration: RedisClientConfiguration) {
        handshake = RedisHandshake(address: address, clientName: configuration.clientName)
        self.address = address
        commandTimeout = TimeAmount(configuration.commandTimeout)
        pingInterval = TimeAmount(configuration.pingInterval)
    }

    var isReady: Bool {
        if case .ready = phase { true } else { false }
    }

    /// Why the connection is over; `nil` while it is not.
    var closeReason: RedisError? {
        if case .closed(let reason) = phase { reason } else { nil }
    }

    // MARK: Connecting

    enum ConnectedAction: Equatable {
        /// Send these, and call `timerFired` at this time.
        case shakeHands([RedisCommand], deadline: NIODeadline)
        case none
    }

    mutating func connected(at now: NIODeadline) -> ConnectedAction {
        guard case .connecting = phase else { return .none }
        let deadline = now + commandTimeout
        phase = .handshaking(step: 0, deadline: deadline)
        return .shakeHands(handshake.commands, deadline: deadline)
    }

    // MARK: Requests and replies

    enum SubmitAction: Equatable {
        /// Send it. The timer must fire no later than at this time.
        case send(deadline: NIODeadline)
        case refuse(RedisError)
    }

    mutating func submit(_ submission: Submission, at now: NIODeadline) -> SubmitAction {
        switch phase {
        case .ready:
            let deadline = now + commandTimeout
            pending.append(
                Pending(
                    request: submission.request,
                    replyCount: submission.replyCount,
                    endsAtError: submission.endsAtError,
                    deadline: deadline
                )
            )
            return .send(deadline: deadline)
        case .connecting, .handshaking:
            return .refuse(RedisError(.unavailable, "the connection to Redis at \(address.place) is not ready yet"))
        case .draining:
            return .refuse(RedisError(.shutDown, "the Redis client is shutting down"))
        case .closed(let reason):
            return .refuse(reason.asUnavailable)
        }
    }

    enum ReplyAction {
        case none
        /// The handshake is done: requests may come. The timer must fire no later than at this time.
        case becomeReady(deadline: NIODeadline)
        /// The one reply to a request of one command.
        case answer(Request, RedisReply)
        /// All replies to a request of several commands; those up to the error when it ended at one.
        case answerAll(Request, [RedisReply])
        case close(RedisError)
    }

    mutating func received(_ reply: RedisReply, at now: NIODeadline) -> ReplyAction {
        lastSign = now
        switch phase {
        case .handshaking(let step, let deadline):
            return shookHands(step: step, deadline: deadline, reply: reply, at: now)
        case .ready, .draining:
            return answered(reply)
        case .connecting:
            return .close(unexpected(reply))
        case .closed:
            return .none
        }
    }

    /// Something arrived that answers no request, such as a publication: the connection is alive.
    mutating func sawSign(at now: NIODeadline) {
        lastSign = now
    }

    // MARK: Timer

    enum TimerAction: Equatable {
        /// Send PING, and call again at this time.
        case ping(next: NIODeadline)
        /// Call again at this time.
        case wait(until: NIODeadline)
        case close(RedisError)
        case none
    }

    mutating func timerFired(at now: NIODeadline) -> TimerAction {
        switch phase {
        case .handshaking(_, let deadline):
            return deadline <= now ? .close(silence("the handshake", address.transportAdvice)) : .wait(until: deadline)
        case .ready, .draining:
            if let oldest = pending.first {
                if oldest.deadline <= now {
                    return .close(silence(oldest.request == nil ? "PING" : "a command", Self.slownessAdvice))
                }
                return .wait(until: min(oldest.deadline, now + pingInterval))
            }
            guard lastSign + pingInterval <= now else { return .wait(until: lastSign + pingInterval) }
            let deadline = now + commandTimeout
            pending.append(Pending(request: nil, replyCount: 1, endsAtError: false, deadline: deadline))
            return .ping(next: min(deadline, now + pingInterval))
        case .connecting, .closed:
            return .none
        }
    }

    // MARK: Ending

    enum DrainAction: Equatable {
        /// The last reply will end the connection: `isDrained` tells.
        case wait
        case close(RedisError)
        case none
    }

    /// Begins a graceful end: what is in flight is still answered.
    mutating func drain() -> DrainAction {
        switch phase {
        case .ready:
            phase = .draining
            return isDrained ? .close(Self.shutDown) : .wait
        case .connecting, .handshaking:
            return .close(Self.shutDown)
        case .draining, .closed:
            return .none
        }
    }

    /// Whether a graceful end has had its last reply.
    var isDrained: Bool {
        guard case .draining = phase else { return false }
        return pending.isEmpty
    }

    struct Failure {
        let request: Request
        let error: RedisError
    }

    /// Ends the connection and returns the requests that will never be answered, oldest first; nothing the second time.
    mutating func closed(_ reason: RedisError, at now: NIODeadline) -> [Failure] {
        if case .closed = phase { return [] }
        phase = .closed(reason)
        var failures: [Failure] = []
        for (index, entry) in pending.enumerated() {
            guard let request = entry.request else { continue }
            // Those that the connection ends for; the others perish with it.
            let isCause =
                switch reason.code {
                case .timeout: entry.deadline <= now
                case .replyTooLarge: index == 0
                default: false
                }
            failures.append(Failure(request: request, error: isCause ? reason : lost(because: reason)))
        }
        pending.removeAll()
        return failures
    }

    // MARK: Private

    static var shutDown: RedisError { RedisError(.shutDown, "the Redis client has been shut down") }

    private mutating func shookHands(
        step: Int,
        deadline: NIODeadline,
        reply: RedisReply,
        at now: NIODeadline
    ) -> ReplyAction {
        if let error = handshake.failure(of: handshake.steps[step], reply: reply) { return .close(error) }
        guard step + 1 < handshake.steps.count else {
            phase = .ready
            return .becomeReady(deadline: now + pingInterval)
        }
        phase = .handshaking(step: step + 1, deadline: deadline)
        return .none
    }

    private mutating func answered(_ reply: RedisReply) -> ReplyAction {
        guard let replyCount = pending.first?.replyCount else { return .close(unexpected(reply)) }
        if replyCount == 1 {
            return pending.removeFirst().request.map { .answer($0, reply) } ?? .none
        }
        // In place: a copy of the entry would make each append copy all replies so far.
        pending[0].replies.append(reply)
        var isLast = pending[0].replies.count == replyCount
        if pending[0].endsAtError, case .error = reply { isLast = true }
        guard isLast else { return .none }
        let answered = pending.removeFirst()
        return answered.request.map { .answerAll($0, answered.replies) } ?? .none
    }

    private static var slownessAdvice: String {
        "look for slow commands (SLOWLOG GET), swapping, or a broken network"
    }

    private func silence(_ what: String, _ advice: String) -> RedisError {
        let limit = Duration.nanoseconds(commandTimeout.nanoseconds)
        return RedisError(.timeout, "Redis at \(address.place) left \(what) unanswered for \(limit); \(advice)")
    }

    private func lost(because reason: RedisError) -> RedisError {
        if reason.code == .shutDown { return reason }
        return RedisError(.connectionLost, "the command may or may not have been executed: \(reason.message)")
    }

    private func unexpected(_ reply: RedisReply) -> RedisError {
        if case .error(let text) = reply {
            return RedisError(
                .reply(RedisError.prefix(of: text)),
                "Redis at \(address.place) ended the connection: \(text)"
            )
        }
        return RedisError(.protocolViolation, "Redis at \(address.place) sent a reply that nothing asked for")
    }
}

extension RedisConnectionStateMachine.ReplyAction: Equatable where Request: Equatable {}
extension RedisConnectionStateMachine.Failure: Equatable where Request: Equatable {}
extension RedisConnectionStateMachine.Submission: Sendable where Request: Sendable {}
