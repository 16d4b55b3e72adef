import CoreMetrics
import Logging
import NIOCore

/// The half of a ``RedisClient`` that lives on the event loop.
final class ClientCore {
    private let outbox: CommandOutbox
    private let board: StatusBoard
    private let link: RedisLink<CommandCompletion>
    private var finished: CheckedContinuation<Bool, Never>?

    init(outbox: CommandOutbox, board: StatusBoard, link: RedisLink<CommandCompletion>) {
        self.outbox = outbox
        self.board = board
        self.link = link
        link.delegate = self
    }

    func start(_ connector: RedisConnector, finished: CheckedContinuation<Bool, Never>) {
        guard self.finished == nil else {
            finished.resume(returning: false)
            return
        }
        self.finished = finished
        if !link.start(connector) { finish(isFirst: false) }
    }

    func stop(_ ending: RedisLink<CommandCompletion>.Ending) {
        // What callers left before the end is still sent; what they leave after it is refused.
        sendWaiting()
        refuse(RedisConnectionStateMachine<CommandCompletion>.shutDown)
        link.stop(ending)
    }

    func reconnect(because reason: RedisError) {
        guard link.connection != nil else { return }
        link.reconnect(because: reason)
    }

    /// Sends what callers on all threads have left since the last time, in one write.
    func sendWaiting() {
        let (submissions, bytes) = outbox.takeAll()
        guard !submissions.isEmpty else { return }
        RedisMetrics.commands.increment(by: submissions.reduce(0) { $0 + $1.replyCount })
        guard let connection = link.connection else {
            let error = RedisError(.unavailable, "there is no connection to Redis")
            for submission in submissions { submission.request.fail(error) }
            return
        }
        connection.submit(submissions, bytes: bytes)
    }

    // MARK: Private

    private func refuse(_ reason: RedisError) {
        for submission in outbox.close(reason.asUnavailable) { submission.request.fail(reason.asUnavailable) }
    }

    private func finish(isFirst: Bool) {
        finished?.resume(returning: isFirst)
        finished = nil
    }
}

extension ClientCore: RedisLinkDelegate {
    func linkDidConnect(_ connection: RedisConnectionHandler<CommandCompletion>, isReconnect: Bool) {
        if isReconnect { RedisMetrics.commandReconnects.increment() }
        outbox.open()
        board.set(.ready)
    }

    func linkIsDown(because reason: RedisError, failing answers: [RedisAnswer<CommandCompletion>]) {
        refuse(reason)
        if reason.code != .shutDown { board.set(.unavailable(reason)) }
        complete(answers)
    }

    func linkDidAnswer(_ answers: [RedisAnswer<CommandCompletion>]) {
        // Room first: whoever is resumed may send again at once.
        outbox.answered(answers.reduce(0) { $0 + $1.outcome.replyCount })
        complete(answers)
    }

    func linkDidReceive(_ publication: RedisPublication) {
        // Not on a connection for commands: its handler hands out replies only.
    }

    func linkDidFinish() {
        refuse(RedisConnectionStateMachine<CommandCompletion>.shutDown)
        board.set(.closed)
        finish(isFirst: true)
    }

    private func complete(_ answers: [RedisAnswer<CommandCompletion>]) {
        for answer in answers { answer.request.complete(answer.outcome) }
    }
}

extension RedisAnswer.Outcome {
    fileprivate var replyCount: Int {
        switch self {
        case .reply: 1
        case .replies(let replies): replies.count
        case .failure: 0
        }
    }
}
