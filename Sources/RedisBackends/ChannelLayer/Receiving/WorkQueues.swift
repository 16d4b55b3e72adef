import ChannelLayers
import Messages
import Redis
import Synchronization

/// The general channels that this process receives from; each is opened by the first who asks.
final class WorkQueues: Sendable {
    private struct State {
        var queues: [ChannelName: WorkQueue] = [:]
        var isClosed = false
    }

    private let make: @Sendable (ChannelName) -> WorkQueue
    private let state = Mutex(State())
    private let opened: AsyncStream<WorkQueue>
    private let continuation: AsyncStream<WorkQueue>.Continuation

    init(make: @escaping @Sendable (ChannelName) -> WorkQueue) {
        self.make = make
        (opened, continuation) = AsyncStream.makeStream()
    }

    /// Takes the next message of a general channel, waiting until there is one.
    func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message {
        let queue = state.withLock { state -> WorkQueue? in
            if let queue = state.queues[channel] { return queue }
            guard !state.isClosed else { return nil }
            let queue = make(channel)
            state.queues[channel] = queue
            continuation.yield(queue)
            return queue
        }
        guard let queue else { throw .shuttingDown }
        return try await queue.receive()
    }

    /// Runs every queue that is opened until `close` or cancellation.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            for await queue in opened { tasks.addTask { await queue.run() } }
            close()
        }
    }

    /// Makes the connections that wait on one host anew.
    func connectAnew(to host: Int, because reason: RedisError) {
        for queue in state.withLock({ Array($0.queues.values) }) { queue.connectAnew(to: host, because: reason) }
    }

    /// Ends every wait; no queue is opened any more.
    func close() {
        let queues = state.withLock { state in
            state.isClosed = true
            return Array(state.queues.values)
        }
        for queue in queues { queue.close() }
        continuation.finish()
    }
}
