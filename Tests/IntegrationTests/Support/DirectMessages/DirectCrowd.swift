import Messages
import MusterTesting
import Synchronization
import Testing

/// Users who write to each other, and know what each of them has to have received.
///
/// Every eighth of them has a plain client.
final class DirectCrowd: Sendable {
    let clients: [DirectClient]
    /// What was accepted: receiver, sender, texts in their order.
    private let expected = Mutex<[Int: [Int: [String]]]>([:])

    /// Makes the clients, not connected yet.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - servers: Where they connect.
    ///   - balancer: Where every fourth connects instead.
    init(count: Int, servers: [String], balancer: String? = nil) {
        clients = (0..<count).map { number in
            // Each begins at another server.
            let start = number % servers.count
            let own = Array(servers[start...] + servers[..<start])
            let isBalanced = number % 4 == 0
            return DirectClient(
                "user\(number)",
                isPlain: number % 8 == 3,
                servers: isBalanced ? balancer.map { [$0] } ?? own : own
            )
        }
    }

    /// Connects all, runs `body`, and lets them go: at the latest when the time is over, so that nothing waits for ever.
    func run(seed: UInt64, limit: Duration = .seconds(120), _ body: () async throws -> Void) async {
        await withTaskGroup(of: Void.self) { tasks in
            for client in clients { tasks.addTask { await client.run() } }
            let deadline = Task {
                try await Task.sleep(for: limit)
                for client in clients {
                    guard let name = await client.waiting else { continue }
                    Issue.record("seed \(seed): \(name) was not accepted within \(limit)")
                }
                for client in clients { await client.stop() }
            }
            do {
                for client in clients {
                    try await eventually("\(client.user) is online", timeout: .seconds(60)) { await client.isOnline }
                }
                try await body()
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
            deadline.cancel()
            for client in clients { await client.stop() }
        }
    }

    /// Every client sends messages to random others, each when the one before is accepted.
    ///
    /// - Parameters:
    ///   - messagesEach: How many messages each sends.
    ///   - seed: Of the choice of receivers and of reconnects.
    ///   - interval: On average every so many messages their sender or receiver loses its connection; 0 for never.
    /// - Throws: `HarnessError` when a client is stopped before its messages are accepted.
    func exchange(messagesEach: Int, seed: UInt64, droppingEvery interval: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in clients.indices {
                tasks.addTask { [self] in
                    var random = SeededGenerator(seed: seed &+ UInt64(index))
                    for number in 1...messagesEach {
                        let receiver = Int.random(in: clients.indices, using: &random)
                        if interval > 0, Int.random(in: 0..<interval, using: &random) == 0 {
                            let victim = clients[Bool.random(using: &random) ? index : receiver]
                            tasksDrop(victim)
                        }
                        try await send("\(number)", from: index, to: receiver)
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    /// Sends one message, and notes it once it is accepted.
    func send(_ text: String, from sender: Int, to receiver: Int) async throws {
        try await clients[sender].send(text, to: clients[receiver].user)
        expected.withLock { $0[receiver, default: [:]][sender, default: []].append(text) }
    }

    private func tasksDrop(_ client: DirectClient) {
        // In the middle of whatever it does.
        Task { await client.drop() }
    }

    /// How many messages were accepted.
    var acceptedCount: Int {
        expected.withLock { $0.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } } }
    }

    /// How many repeats were dropped.
    func repeats() async -> Int {
        var count = 0
        for client in clients { count += await client.repeats }
        return count
    }

    /// Waits until every client has received what was accepted for it, and checks that it is that: nothing lost, nothing
    /// twice but after a reconnect, each sender's in order; that the inboxes and unread counts agree, and become empty, which
    /// the clients are told; and that no client was told of an error but that it should try again.
    func waitUntilAllHaveAll(on redis: TestRedis) async throws {
        let expected = expected.withLock { $0 }
        for (index, client) in clients.enumerated() {
            let wanted = Dictionary(
                uniqueKeysWithValues: (expected[index] ?? [:]).map { (clients[$0.key].user, $0.value) }
            )
            let count = wanted.values.reduce(0) { $0 + $1.count }
            try await eventually("\(client.user) has \(count) messages", timeout: .seconds(30)) {
                await client.received.values.reduce(0) { $0 + $1.count } >= count
            }
            let received = await client.received
            if received != wanted {
                for (sender, texts) in wanted where received[sender] != texts {
                    Issue.record("\(sender) to \(client.user): \(texts) became \(received[sender] ?? [])")
                }
                for sender in received.keys where wanted[sender] == nil { Issue.record("\(sender) sent nothing") }
            }
        }
        for client in clients {
            var rounds = 0
            try await eventually("\(client.user)'s inbox is empty", timeout: .seconds(30)) {
                if try await redis.inboxCount(client.user) == 0 { return true }
                rounds += 1
                // An acknowledgement that was lost with a connection is given again on the next.
                if rounds % 20 == 0 { await client.drop() }
                return false
            }
        }
        for client in clients {
            let (errors, flaws) = (await client.errors, await client.flaws)
            #expect(errors.filter { !$0.hasSuffix("Try again in a while.") } == [], "\(client.user)")
            #expect(flaws == [], "\(client.user)")
            guard !client.isPlain else { continue }
            try await eventually("\(client.user) is told that nothing is unread", timeout: .seconds(30)) {
                await client.unread == [:]
            }
        }
    }
}
