package import Logging
package import NIOCore
import ServiceLifecycle

/// Commands for Redis over one connection that all callers share.
///
/// Commands of all callers are pipelined: those that come within one turn of the event loop go out in one write, and the
/// replies are matched by order. Any thread or task may call. A command issued while there is no connection fails at
/// once with `.unavailable`; one in flight when the connection breaks fails with `.connectionLost`, and may have been
/// executed. Nothing is sent twice.
///
/// A command is not taken back when its task is cancelled: it was sent, and its reply or its time limit ends the wait.
package final class RedisClient: Service, Sendable {
    private let address: RedisAddress
    private let configuration: RedisClientConfiguration
    private let eventLoop: any EventLoop
    private let board = StatusBoard()
    private let outbox: CommandOutbox
    private let core: NIOLoopBoundBox<ClientCore>

    /// Makes a client that does nothing until ``run()`` is called.
    ///
    /// - Parameters:
    ///   - address: Where Redis is.
    ///   - configuration: Time limits and bounds.
    ///   - eventLoop: Carries the connection; of a `MultiThreadedEventLoopGroup`.
    ///   - logger: For connections made and lost.
    package init(
        address: RedisAddress,
        configuration: RedisClientConfiguration = .init(),
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.address = address
        self.configuration = configuration
        self.eventLoop = eventLoop
        outbox = CommandOutbox(
            limit: configuration.maxPendingCommands,
            refusal: RedisError(.unavailable, "there is no connection to Redis at \(address.place) yet")
        )
        let link = RedisLink<CommandCompletion>(
            address: address,
            configuration: configuration,
            takesPublications: false,
            eventLoop: eventLoop,
            logger: logger
        )
        core = .makeBoxSendingValue(ClientCore(outbox: outbox, board: board, link: link), eventLoop: eventLoop)
    }

    /// Connects, and connects again after each loss, until the task is cancelled or gracefully shut down.
    ///
    /// A graceful shutdown refuses new commands and waits for the replies of those in flight; a cancellation fails them.
    ///
    /// - Throws: ``RedisError``: `.tls` when the CA file cannot be used, `.shutDown` when it is running already.
    package func run() async throws {
        let lifetime = RedisLinkLifetime(
            address: address,
            configuration: configuration,
            eventLoop: eventLoop,
            board: board
        )
        try await lifetime.run { [core] connector, finished in
            core.value.start(connector, finished: finished)
        } stop: { [core] graceful in
            core.value.stop(graceful ? .graceful : .immediate)
        }
    }

    /// Begins a graceful end: ``run()`` returns when what is in flight has been answered.
    ///
    /// Harmless when repeated.
    package func shutDown() {
        eventLoop.execute { [core] in core.value.stop(.graceful) }
    }

    /// Throws the present connection away and makes a new one, as after a loss; what is in flight fails.
    ///
    /// For whoever knows that a connection that looks well is to the wrong server. Without one it does nothing.
    ///
    /// - Parameter reason: What the status says until the new connection is ready.
    package func reconnect(because reason: RedisError) {
        eventLoop.execute { [core] in core.value.reconnect(because: reason) }
    }

    // MARK: Status

    package var status: RedisConnectionStatus { board.current }

    /// The status now and each change of it.
    ///
    /// A consumer that is slow misses all but the newest change; it sees `.ready` again after each reconnection, even
    /// when it missed the loss. Ends after `.closed`.
    package func statusUpdates() -> AsyncStream<RedisConnectionStatus> {
        board.watch().stream
    }

    /// Returns once there is a connection.
    ///
    /// - Throws: ``RedisError``: the last failure, in one line, when `timeout` is over, and at once when another attempt
    ///   cannot help (a wrong password, an untrusted certificate).
    package func waitUntilReady(timeout: Duration) async throws(RedisError) {
        try await board.waitUntilReady(timeout: timeout, address: address, eventLoop: eventLoop)
    }

    // MARK: Commands

    /// Sends one command and returns its reply.
    ///
    /// - Throws: ``RedisError``; an error reply of Redis has the code `.reply`.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        let bytes = try RedisCommand.encoded([command])
        let result = await withCheckedContinuation { continuation in
            enqueue(.reply(continuation), count: 1, bytes: bytes)
        }
        let reply = try result.get()
        if case .error(let text) = reply {
            let error = RedisError(reply: text, to: command.name)
            RedisMetrics.countErrors(error.code)
            throw error
        }
        return reply
    }

    /// Sends several commands in one write and returns their replies in order.
    ///
    /// Other callers' commands never come between them, but it is no transaction.
    ///
    /// - Returns: One reply for each command; an error reply stays in its place as `.error`.
    /// - Throws: ``RedisError`` when the replies did not come.
    package func send(_ pipeline: [RedisCommand]) async throws(RedisError) -> [RedisReply] {
        if pipeline.isEmpty { return [] }
        let bytes = try RedisCommand.encoded(pipeline)
        let result = await withCheckedContinuation { continuation in
            enqueue(.replies(continuation), count: pipeline.count, bytes: bytes)
        }
        let replies = try result.get()
        RedisMetrics.countErrors(.reply(""), by: replies.count { if case .error = $0 { true } else { false } })
        return replies
    }

    /// Sends commands without waiting: those that one thread submits go out in the order of its calls.
    ///
    /// - Parameters:
    ///   - pipeline: The commands; none calls back at once.
    ///   - completion: Receives one reply for each command, error replies in place. Called on the event loop, so it must
    ///     not block; a refusal calls it on the calling thread, before this returns.
    package func submit(
        _ pipeline: [RedisCommand],
        completion: @escaping @Sendable (Result<[RedisReply], RedisError>) -> Void
    ) {
        guard !pipeline.isEmpty else {
            completion(.success([]))
            return
        }
        do {
            enqueue(.callback(completion), count: pipeline.count, bytes: try RedisCommand.encoded(pipeline))
        } catch {
            completion(.failure(error))
        }
    }

    /// Calls a script by its digest, and by its source when Redis does not know it (any more).
    ///
    /// - Throws: ``RedisError``; an error that the script returns or raises has the code `.reply`.
    package func evaluate(
        _ script: RedisScript,
        keys: [RedisArgument],
        arguments: [RedisArgument]
    ) async throws(RedisError) -> RedisReply {
        do {
            return try await send(script.callByDigest(keys: keys, arguments: arguments))
        } catch {
            guard error.replyPrefix == "NOSCRIPT" else { throw error }
            return try await send(script.callBySource(keys: keys, arguments: arguments))
        }
    }

    // MARK: Private

    private func enqueue(_ completion: CommandCompletion, count: Int, bytes: ByteBuffer) {
        switch outbox.enqueue(.init(request: completion, replyCount: count), bytes: bytes) {
        case .scheduleTake:
            eventLoop.execute { [core] in core.value.sendWaiting() }
        case .none:
            break
        case .refuse(let error):
            completion.fail(error)
        }
    }
}
