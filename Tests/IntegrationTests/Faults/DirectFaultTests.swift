import MusterTesting
import Synchronization
import Testing

/// Direct messages through crashes: what was accepted is not lost, and nobody sees anything twice.
@Suite("Direct messages, faults")
struct DirectFaultTests {
    /// So many users write to each other all the time: each harm hits about as many sends.
    private static let users = 24
    private static let harms = 18

    @Test("kill -9 of either front and lost connections to Redis, in the middle of more than 200 sends")
    func harmedSends() async throws {
        let seed = UInt64.random(in: 0...9_999_999)
        print("harmed direct messages with seed \(seed)")
        try await withBalancedFronts(2) { fronts, balancer in
            let crowd = DirectCrowd(
                count: Self.users,
                servers: fronts.fronts.map { $0.webSocketURL("") },
                balancer: balancer.webSocketURL("")
            )
            await crowd.run(seed: seed) {
                let sends = try await harm(crowd, fronts, seed: seed)
                try await crowd.waitUntilAllHaveAll(on: fronts.redis)
                let repeats = await crowd.repeats()
                let kinds = Harm.allCases.map { "\(sends.tries(at: $0)) at \($0.rawValue)" }
                print(
                    "harmed direct messages: \(sends.harmedCount) sends were under way at \(Self.harms) harms ("
                        + kinds.joined(separator: ", ")
                        + "); \(crowd.acceptedCount) accepted, \(repeats) repeats dropped"
                )
                #expect(sends.harmedCount >= 200)
                for kind in Harm.allCases { #expect(sends.tries(at: kind) >= 20, "\(kind.rawValue)") }
            }
        }
    }

    private enum Harm: String, CaseIterable {
        case receiversFront = "kill -9 of the receiver's front"
        case sendersFront = "kill -9 of the sender's front"
        case redisConnections = "CLIENT KILL"
    }

    /// One send of a user to another.
    private struct Send: Hashable, Comparable {
        let sender: Int
        let receiver: Int
        let number: Int

        static func < (one: Send, other: Send) -> Bool {
            (one.sender, one.number) < (other.sender, other.number)
        }
    }

    /// The sends of all users: which are under way, and which were when harm was done.
    private final class Sends: Sendable {
        private struct State {
            var areDone = false
            var underWay: Set<Send> = []
            /// Each counted once, at the first harm.
            var harmed: [Send: Harm] = [:]
        }

        private let state = Mutex(State())

        var areDone: Bool { state.withLock { $0.areDone } }
        var underWay: [Send] { state.withLock { $0.underWay.sorted() } }
        var harmedCount: Int { state.withLock { $0.harmed.count } }

        func tries(at kind: Harm) -> Int { state.withLock { $0.harmed.values.count { $0 == kind } } }
        func begin(_ send: Send) { state.withLock { _ = $0.underWay.insert(send) } }
        func end(_ send: Send) { state.withLock { _ = $0.underWay.remove(send) } }
        func finish() { state.withLock { $0.areDone = true } }

        func harm(_ kind: Harm) {
            state.withLock { state in
                for send in state.underWay where state.harmed[send] == nil { state.harmed[send] = kind }
            }
        }
    }

    /// Lets all users send all the time, and does harm at random moments: each kind as often as the others.
    private func harm(_ crowd: DirectCrowd, _ fronts: Fronts, seed: UInt64) async throws -> Sends {
        let sends = Sends()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in crowd.clients.indices {
                tasks.addTask {
                    var random = SeededGenerator(seed: seed &+ UInt64(index))
                    var number = 0
                    while !sends.areDone {
                        number += 1
                        let receiver = Int.random(in: crowd.clients.indices, using: &random)
                        let send = Send(sender: index, receiver: receiver, number: number)
                        sends.begin(send)
                        try await crowd.send("\(number)", from: index, to: receiver)
                        sends.end(send)
                    }
                }
            }
            // Also when something fails: the group ends when all its tasks have.
            defer { sends.finish() }
            var random = SeededGenerator(seed: seed)
            let kinds = (0..<Self.harms).map { Harm.allCases[$0 % Harm.allCases.count] }.shuffled(using: &random)
            for kind in kinds {
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...600, using: &random)))
                if kind == .redisConnections {
                    sends.harm(kind)
                    let type = Bool.random(using: &random) ? "normal" : "pubsub"
                    try await fronts.redis.cli("client", "kill", "type", type)
                } else {
                    let victim = try await front(of: kind, in: sends, crowd, fronts, &random)
                    victim.kill9()
                    sends.harm(kind)
                    try await victim.restart()
                }
                // At any moment the counts are those of the inbox.
                for client in crowd.clients.prefix(4) { _ = try await fronts.redis.inboxCount(client.user) }
            }
            sends.finish()
            try await tasks.waitForAll()
        }
        return sends
    }

    /// The front of one end of a send that is under way.
    ///
    /// Those who are connected through the load balancer may be at either, and are passed over.
    private func front(
        of kind: Harm,
        in sends: Sends,
        _ crowd: DirectCrowd,
        _ fronts: Fronts,
        _ random: inout SeededGenerator
    ) async throws -> MusterFront {
        for _ in 0..<1000 {
            for send in sends.underWay.shuffled(using: &random) {
                let user = crowd.clients[kind == .receiversFront ? send.receiver : send.sender]
                guard let url = await user.url else { continue }
                if let front = fronts.fronts.first(where: { url.hasPrefix($0.webSocketURL("")) }) { return front }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw HarnessError.unexpected("no send is under way to or from a front")
    }
}
