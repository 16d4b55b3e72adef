import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis
import Synchronization

/// One general channel as this process receives from it: a sorted set on each host, waited for on connections of its
/// own.
///
/// A message is taken from Redis only while somebody waits here; one that comes too late, because its waiter was
/// cancelled or another host was faster, is put back with its score: it is the next one again unless somebody was
/// faster.
final class WorkQueue: Sendable {
    typealias Waiter = CheckedContinuation<Result<Taken, ChannelLayerError>, Never>

    /// A message that was taken from Redis, and how to put it back.
    struct Taken: Sendable {
        let message: Message
        let entry: [UInt8]
        let score: RedisReply
        let source: Source
    }

    /// How one host is read.
    struct Source: Sendable {
        /// Waits in Redis.
        let blocking: RedisClient
        /// Puts back.
        let commands: RedisClient
        let wake = WakeSignal()
    }

    private let channel: ChannelName
    private let key: String
    private let sources: [Source]
    private let expiry: Duration
    private let decode: @Sendable ([UInt8]) -> Message?
    private let logger: Logger
    private let limiter = LogLimiter()
    private let state = Mutex(WorkQueueState<Waiter>())
    private let nextID = Atomic<UInt64>(0)

    /// Makes a queue that reads when it runs; `decode` returns `nil` for what is not a message, which is passed over.
    init(
        channel: ChannelName,
        key: String,
        sources: [Source],
        expiry: Duration,
        logger: Logger,
        decode: @escaping @Sendable ([UInt8]) -> Message?
    ) {
        self.channel = channel
        self.key = key
        self.sources = sources
        self.expiry = expiry
        self.logger = logger
        self.decode = decode
    }

    /// Takes the next message, waiting until there is one.
    func receive() async throws(ChannelLayerError) -> Message {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                guard state.withLock({ $0.wait(id, waiter) }) else {
                    waiter.resume(returning: .failure(.shuttingDown))
                    return
                }
                for source in sources { source.wake.wake() }
                // A cancellation before this point came too early to find the waiter.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
        let taken = try result.get()
        guard !Task.isCancelled else {
            await handOver(taken)
            throw ChannelLayerError(cancelledWaitFor: channel)
        }
        return taken.message
    }

    /// Reads until it is closed and has put back what it has in hand, or until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            for source in sources {
                tasks.addTask {
                    do {
                        try await source.blocking.run()
                    } catch {
                        self.warn("\(error)")
                    }
                    source.wake.finish()
                }
                tasks.addTask { await source.wake.run { await self.visit(source) } }
                tasks.addTask {
                    for await status in source.blocking.statusUpdates() where status == .ready { source.wake.wake() }
                }
            }
        }
        close()
    }

    /// Makes the connection that waits on one host anew.
    func connectAnew(to host: Int, because reason: RedisError) {
        sources[host].blocking.reconnect(because: reason)
    }

    /// Ends the wait of whoever waits; `run` returns soon.
    func close() {
        for source in sources { source.blocking.shutDown() }
        for waiter in state.withLock({ $0.close() }) { waiter.resume(returning: .failure(.shuttingDown)) }
    }

    private func cancel(_ id: UInt64) {
        guard let waiter = state.withLock({ $0.cancel(id) }) else { return }
        waiter.resume(returning: .failure(ChannelLayerError(cancelledWaitFor: channel)))
    }

    /// Waits once in Redis if somebody waits here; returns when to come again.
    private func visit(_ source: Source) async -> ContinuousClock.Instant? {
        guard state.withLock({ $0.hasDemand }), source.blocking.status == .ready else { return nil }
        do {
            let wait = RedisArgument(MailboxReader.patience)
            let reply = try await source.blocking.send(RedisCommand("BZPOPMIN", RedisArgument(key), wait))
            guard let elements = reply.elements, elements.count == 3, let entry = elements[1].bytes else { return .now }
            if let message = decode(entry) {
                await handOver(Taken(message: message, entry: entry, score: elements[2], source: source))
            }
            return .now
        } catch let error where error.replyPrefix != nil {
            warn(error.message)
            return .now + RedisChannelLayer.refusalPause
        } catch {
            // The connection was lost; being ready again wakes this loop.
            return nil
        }
    }

    private func handOver(_ taken: Taken) async {
        if let waiter = state.withLock({ $0.take() }) {
            waiter.resume(returning: .success(taken))
            return
        }
        guard let score = taken.score.bytes else { return }
        do {
            let replies = try await taken.source.commands.send([
                RedisCommand("ZADD", RedisArgument(key), RedisArgument(score), RedisArgument(taken.entry)),
                RedisCommand("EXPIRE", RedisArgument(key), RedisArgument(Int(expiry.components.seconds))),
            ])
            if let text = replies.lazy.compactMap(\.errorText).first { lost(text) }
        } catch {
            lost(error.message)
        }
    }

    private func warn(_ reason: String) {
        guard let held = limiter.admit() else { return }
        logger.warning(
            "cannot receive from a channel, trying again",
            metadata: ["key": "\(key)", "error": "\(reason)", "held_back": "\(held)"]
        )
    }

    private func lost(_ reason: String) {
        LayerMetrics.notPutBack.increment()
        logger.warning(
            "a message that was taken for a receiver who gave up could not be put back",
            metadata: ["key": "\(key)", "error": "\(reason)"]
        )
    }
}
