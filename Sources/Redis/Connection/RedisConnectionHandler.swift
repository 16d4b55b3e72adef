import CoreMetrics
import NIOCore

/// What a connection tells the one that opened it; always on the connection's event loop.
protocol RedisConnectionDelegate<Request>: AnyObject {
    associatedtype Request

    /// The handshake is done: `submit` may be called.
    func connectionDidBecomeReady(_ connection: RedisConnectionHandler<Request>)
    /// Requests were answered, in the order in which they were sent.
    func connection(_ connection: RedisConnectionHandler<Request>, didAnswer answers: [RedisAnswer<Request>])
    /// A message arrived that no request asked for; only on connections for subscriptions.
    func connection(_ connection: RedisConnectionHandler<Request>, didReceive publication: RedisPublication)
    /// It is over, told once; every request not yet answered is among `answers`, as a failure.
    func connection(
        _ connection: RedisConnectionHandler<Request>,
        didCloseBecause reason: RedisError,
        failing answers: [RedisAnswer<Request>]
    )
}

/// A request and what became of it.
struct RedisAnswer<Request> {
    enum Outcome {
        case reply(RedisReply)
        case replies([RedisReply])
        case failure(RedisError)
    }

    let request: Request
    let outcome: Outcome
}

/// One connection to Redis in its channel's pipeline: carries out what ``RedisConnectionStateMachine`` decides.
///
/// Confined to the channel's event loop.
final class RedisConnectionHandler<Request>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Submission = RedisConnectionStateMachine<Request>.Submission

    private let address: RedisAddress
    private let takesPublications: Bool
    private var machine: RedisConnectionStateMachine<Request>
    private var reader: ReplyReader
    private var context: ChannelHandlerContext?
    private var timer: (scheduled: Scheduled<Void>, deadline: NIODeadline)?
    private weak var delegate: (any RedisConnectionDelegate<Request>)?

    /// - Parameters:
    ///   - address: Whom the handshake is for.
    ///   - configuration: The time limits, and how long a reply may be.
    ///   - takesPublications: Whether the connection is for subscriptions.
    ///   - delegate: Held weakly.
    /// - Throws: ``RedisError`` when there is no memory for hiredis' reader.
    init(
        address: RedisAddress,
        configuration: RedisClientConfiguration,
        takesPublications: Bool,
        delegate: any RedisConnectionDelegate<Request>
    ) throws(RedisError) {
        self.address = address
        self.takesPublications = takesPublications
        self.delegate = delegate
        machine = RedisConnectionStateMachine(address: address, configuration: configuration)
        reader = try ReplyReader(maxReplyBytes: configuration.maxReplyBytes)
    }

    /// Why the connection is over; `nil` while it is not.
    var closeReason: RedisError? { machine.closeReason }

    /// When the handshake was done; `nil` before that.
    private(set) var readySince: NIODeadline?

    /// Sends requests in one write.
    ///
    /// Those that the connection does not take any more are answered with a failure.
    ///
    /// - Parameters:
    ///   - submissions: The requests.
    ///   - bytes: All their commands, encoded, in the same order.
    func submit(_ submissions: [Submission], bytes: ByteBuffer) {
        guard let context, !submissions.isEmpty else { return }
        let now = context.eventLoop.now
        var refused: [RedisAnswer<Request>] = []
        for submission in submissions {
            switch machine.submit(submission, at: now) {
            case .send(let deadline):
                armTimer(for: deadline)
            case .refuse(let error):
                refused.append(RedisAnswer(request: submission.request, outcome: .failure(error)))
            }
        }
        // The state does not change within the loop: either all were taken or none.
        if refused.isEmpty {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        } else {
            delegate?.connection(self, didAnswer: refused)
        }
    }

    /// Closes as soon as everything in flight is answered.
    func drain() {
        if case .close(let reason) = machine.drain() { close(reason) }
    }

    /// Closes at once; what is in flight fails.
    func close(_ reason: RedisError) {
        let now = context?.eventLoop.now ?? .now()
        guard machine.closeReason == nil else { return }
        let failures = machine.closed(reason, at: now)
        timer?.scheduled.cancel()
        timer = nil
        context?.close(promise: nil)
        let answers = failures.map { RedisAnswer(request: $0.request, outcome: .failure($0.error)) }
        delegate?.connection(self, didCloseBecause: reason, failing: answers)
        delegate = nil
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        close(RedisError(connectionClosedBy: address, isReady: machine.isReady))
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        close(RedisError(connectionClosedBy: address, isReady: machine.isReady))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(RedisError(connectionTo: address, brokeBy: error, isReady: machine.isReady))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard machine.closeReason == nil else { return }
        let now = context.eventLoop.now
        var answers: [RedisAnswer<Request>] = []
        var failure: RedisError?
        reader.feed(unwrapInboundIn(data))
        do {
            while failure == nil, let reply = try reader.next() {
                failure = take(reply, at: now, into: &answers)
            }
        } catch {
            failure = described(error)
        }
        if !answers.isEmpty { delegate?.connection(self, didAnswer: answers) }
        if let failure {
            close(failure)
        } else if machine.isDrained {
            close(RedisConnectionStateMachine<Request>.shutDown)
        }
    }

    // MARK: Private

    private func begin(_ context: ChannelHandlerContext) {
        guard case .shakeHands(let commands, let deadline) = machine.connected(at: context.eventLoop.now) else {
            return
        }
        armTimer(for: deadline)
        write(commands, context)
    }

    /// Returns why the connection must end, if it must.
    private func take(
        _ reply: RedisReply,
        at now: NIODeadline,
        into answers: inout [RedisAnswer<Request>]
    ) -> RedisError? {
        if takesPublications, let publication = RedisPublication.Decoding(reply) {
            machine.sawSign(at: now)
            switch publication {
            case .publication(let publication):
                delegate?.connection(self, didReceive: publication)
            case .notText:
                RedisMetrics.undecodablePublications.increment()
            }
            return nil
        }
        switch machine.received(reply, at: now) {
        case .none:
            return nil
        case .becomeReady(let deadline):
            readySince = now
            armTimer(for: deadline)
            delegate?.connectionDidBecomeReady(self)
            return nil
        case .answer(let request, let reply):
            answers.append(RedisAnswer(request: request, outcome: .reply(reply)))
            return nil
        case .answerAll(let request, let replies):
            answers.append(RedisAnswer(request: request, outcome: .replies(replies)))
            return nil
        case .close(let reason):
            return reason
        }
    }

    /// What the reader found wrong, with the place where it comes from.
    private func described(_ error: RedisError) -> RedisError {
        guard error.code == .replyTooLarge else {
            let text = "\(address.place) does not speak Redis' protocol (\(error.message)); is it a Redis server?"
            return RedisError(.protocolViolation, text)
        }
        RedisMetrics.oversizedReplies.increment()
        return RedisError(.replyTooLarge, "Redis at \(address.place) sent \(error.message)")
    }

    private func write(_ commands: [RedisCommand], _ context: ChannelHandlerContext) {
        do {
            context.writeAndFlush(wrapOutboundOut(try RedisCommand.encoded(commands)), promise: nil)
        } catch {
            close(error)
        }
    }

    /// Makes sure that the timer fires no later than at `deadline`; most calls find one that fires earlier.
    private func armTimer(for deadline: NIODeadline) {
        if let timer {
            if timer.deadline <= deadline { return }
            timer.scheduled.cancel()
        }
        guard let eventLoop = context?.eventLoop else { return }
        let scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            timer = nil
            timerFired()
        }
        timer = (scheduled, deadline)
    }

    private func timerFired() {
        guard let context else { return }
        switch machine.timerFired(at: context.eventLoop.now) {
        case .ping(let next):
            armTimer(for: next)
            write([RedisCommand("PING")], context)
        case .wait(let next):
            armTimer(for: next)
        case .close(let reason):
            close(reason)
        case .none:
            break
        }
    }
}
