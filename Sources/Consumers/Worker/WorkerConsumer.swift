import ChannelLayers
import CoreMetrics
import Logging
import Messages

/// Hands a connection's life to whoever receives from a general channel, as Channels 1 did with every connection.
///
/// The worker is told of each event in order and answers by the connection's channel or by its groups. A connection that
/// a worker has answered costs no task and no timer while nothing happens.
struct WorkerConsumer: Consumer {
    private let worker: ChannelName
    private let acceptTimeout: Duration
    /// How long it goes on trying when the channel is full, which another connection may have caused.
    private let patience: Duration
    private let logger: Logger
    /// How many messages the worker was sent, and so the number of the next.
    private var order = 0
    /// Whether a message could not be sent: what the client says after it is not passed on.
    private var hasFailed = false
    private var deadline: AcceptDeadline?

    init(
        worker: ChannelName,
        acceptTimeout: Duration,
        patience: Duration = .seconds(2),
        logger: Logger = Logger(label: "muster.workers")
    ) {
        self.patience = patience
        self.worker = worker
        self.acceptTimeout = acceptTimeout
        self.logger = logger
    }

    mutating func connected(_ connection: Connection) async throws {
        // Runs beside the consumer, which could not hear of the answer while it waited for it.
        deadline = AcceptDeadline(after: acceptTimeout) {
            ConsumerMetrics.workerTimeouts.increment()
            connection.close(.tryAgainLater, reason: "no worker took the connection")
        }
        await tell(.connect, of: connection)
    }

    mutating func received(_ text: String, on connection: Connection) async throws {
        if !hasFailed { await tell(.text(text), of: connection) }
    }

    mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        if !hasFailed { await tell(.binary(bytes), of: connection) }
    }

    mutating func received(_ message: Message, on connection: Connection) async throws {
        meetDeadline()
        switch try WorkerAnswer(message) {
        case .close(let code, let reason): connection.close(code, reason: reason)
        case .join(let group): try await connection.join(group)
        case .leave(let group): connection.leave(group)
        case .badGroup(let problem): note(problem, of: connection)
        // `render` has dealt with the frames.
        case .accept, .send, nil: break
        }
    }

    mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        meetDeadline()
        // A worker that did not hear of the beginning does not hear of the end.
        if order > 0 { await tell(.disconnect(code), of: connection) }
    }

    static func render(_ message: Message) throws -> Rendering {
        switch try WorkerAnswer(message) {
        case .send(let frame): .frame(frame)
        case .accept, .close, .join, .leave, .badGroup: .personal
        // Groups that keep a history tell it after a break; workers keep no copy of what is said in them.
        case nil: message.type == Message.historyCaughtUp.type ? .nothing : .unknown
        }
    }

    private mutating func meetDeadline() {
        deadline?.meet()
        deadline = nil
    }

    /// Sends the worker the next message; closes the connection if that cannot be.
    private mutating func tell(_ event: WorkerEvent, of connection: Connection) async {
        do {
            try await send(event.message(of: connection, order: order), by: connection.layer)
            order += 1
        } catch {
            // A server that went away may have taken the message: its number is not given twice.
            if error.code == .unavailable { order += 1 }
            hasFailed = true
            meetDeadline()
            ConsumerMetrics.workerFailures(error.code).increment()
            if let held = ConsumerMetrics.workerFailureLog.admit() {
                logger.warning(
                    "a worker could not be told of a connection's event",
                    metadata: ["worker": "\(worker)", "error": "\(error)", "held_back": "\(held)"]
                )
            }
            switch error.code {
            case .invalidMessage: connection.close(.unsupportedData, reason: "only text can be passed on here")
            case .channelFull: connection.close(.tryAgainLater, reason: "the workers are busy")
            default: connection.close(.tryAgainLater, reason: "the workers cannot be reached")
            }
        }
    }

    /// Sends a message, again and again while there is no room; this client is not read from meanwhile.
    private func send(_ message: Message, by layer: any ChannelLayer) async throws(ChannelLayerError) {
        let end = ContinuousClock.now + patience
        while true {
            do {
                return try await layer.send(message, to: worker)
            } catch {
                guard error.code == .channelFull, .now < end, await Self.pause() else { throw error }
            }
        }
    }

    /// Returns whether the pause was had to the end.
    private static func pause() async -> Bool {
        do {
            try await Task.sleep(for: .milliseconds(20))
            return true
        } catch {
            return false
        }
    }

    /// An answer that makes no sense costs nobody its connection.
    private func note(_ problem: String, of connection: Connection) {
        ConsumerMetrics.badAnswers.increment()
        guard let held = ConsumerMetrics.badAnswerLog.admit() else { return }
        logger.warning(
            "a worker's answer cannot be followed",
            metadata: [
                "worker": "\(worker)", "channel": "\(connection.channel)", "path": "\(connection.scope.path)",
                "error": "\(problem)", "held_back": "\(held)",
            ]
        )
    }
}
