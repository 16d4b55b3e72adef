import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Takes everything out of this process' mailbox on one host, as it comes.
///
/// It waits in Redis for the first entry (BZPOPMIN), on a connection of its own, and then takes what came with it in
/// bounded replies until nothing is left. One command at a time: an entry that Redis has let go is always in the reply
/// at hand.
struct MailboxReader: Sendable {
    /// How many seconds one command waits in Redis.
    ///
    /// A connection that has gone silent is noticed by the client's time limit for commands.
    static let patience = 2
    /// The most entries in one reply.
    private static let batchLimit = 64
    /// From so many bytes on a reply gets no further entry: one from Django may name thousands of channels.
    private static let batchBytes = 1_048_576

    private let host: Int
    private let client: RedisClient
    private let key: String
    private let context: LayerContext
    private let onEntry: @Sendable ([UInt8]) -> Void

    init(
        host: Int,
        client: RedisClient,
        key: String,
        context: LayerContext,
        onEntry: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.host = host
        self.client = client
        self.key = key
        self.context = context
        self.onEntry = onEntry
    }

    /// Reads until the task is cancelled.
    func run() async {
        for await status in client.statusUpdates() where status == .ready {
            while !Task.isCancelled, client.status == .ready { await read() }
        }
    }

    /// Waits once, and takes what there is.
    private func read() async {
        do {
            let wait = RedisArgument(Self.patience)
            let reply = try await client.send(RedisCommand("BZPOPMIN", RedisArgument(key), wait))
            note(nil)
            // Key, entry, score; nothing if the wait was in vain.
            guard let elements = reply.elements, elements.count == 3, let first = elements[1].bytes else { return }
            LayerMetrics.mailboxReads.increment()
            take([first])
            while !Task.isCancelled, take(try await rest()) {}
        } catch let error where error.replyPrefix != nil {
            note(error.message)
            await RelaySubscriptions.pause()
        } catch {
            // The connection is gone: being ready again is when to go on.
            context.logger.debug("mailbox not read, trying again", metadata: ["error": "\(error)"])
        }
    }

    private func rest() async throws(RedisError) -> [[UInt8]] {
        let reply = try await client.evaluate(
            LuaScripts.takeFromMailbox,
            keys: [RedisArgument(key)],
            arguments: [RedisArgument(Self.batchLimit), RedisArgument(Self.batchBytes)]
        )
        return (reply.elements ?? []).compactMap(\.bytes)
    }

    /// Hands entries on; returns whether there were any.
    @discardableResult
    private func take(_ entries: [[UInt8]]) -> Bool {
        for entry in entries { onEntry(entry) }
        LayerMetrics.mailboxEntries.increment(by: entries.count)
        return !entries.isEmpty
    }

    /// Remembers why Redis does not let it read, or that it does.
    private func note(_ refusal: String?) {
        context.state.withLock { $0.hosts[host].deniedMailbox = refusal }
        if let refusal { context.warn(.mailboxRefused, key: key, refusal) }
    }
}
