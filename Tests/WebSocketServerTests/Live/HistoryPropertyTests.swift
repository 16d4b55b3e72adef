import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Synchronization
import Testing
import WebSocketServer

@Suite("Front: histories, whatever comes between", .timeLimit(.minutes(2)))
struct HistoryPropertyTests {
    private static let count = 400

    /// Which message has which id.
    private final class Recorded: Sendable {
        private let ids = Mutex<[MessageID]>([])

        var count: Int { ids.withLock { $0.count } }

        subscript(number: Int) -> MessageID { ids.withLock { $0[number] } }

        func append(_ id: MessageID) {
            ids.withLock { $0.append(id) }
        }
    }

    @Test("clients that come, go and return hear each message once and in order", arguments: 0..<6 as Range<UInt64>)
    func interleaved(seed: UInt64) async throws {
        let delays = Mutex(SeededGenerator(seed: seed))
        let recorded = Recorded()
        let layer = HistoryLayer { _, _, _ in
            let delay = delays.withLock { Int.random(in: -2...4, using: &$0) }
            if delay > 0 { try await Task.sleep(for: .milliseconds(delay)) }
        }
        try await withFront(
            .test(outboundLimit: 1 << 14),
            layer: layer,
            routes: { routes in try routes.add("/history") { _ in HistoryConsumer() } },
            { front in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        var random = SeededGenerator(seed: seed &+ 1000)
                        for number in 0..<Self.count {
                            // Some in bursts, some far apart.
                            if Int.random(in: 0..<3, using: &random) == 0 {
                                try await Task.sleep(for: .microseconds(Int.random(in: 0..<2000, using: &random)))
                            }
                            let text =
                                "\(number) " + String(repeating: "x", count: Int.random(in: 0..<500, using: &random))
                            let message = Message(type: "say", ["text": .string(text)])
                            let id = try await layer.groupRecord(message, to: "room")
                            if let id { recorded.append(id) }
                            try await layer.groupSend(Message(type: "nothing"), to: "room")
                        }
                    }
                    for client in 0..<16 as Range<UInt64> {
                        tasks.addTask { try await Self.follow(front, recorded, seed: seed &* 100 &+ client) }
                    }
                    try await tasks.waitForAll()
                }
            }
        )
    }

    /// Reads from some message to the last, with breaks.
    private static func follow(_ front: FrontUnderTest, _ recorded: Recorded, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let beginning = Int.random(in: 1..<count / 2, using: &random)
        try await eventually("the first messages are recorded") { recorded.count >= beginning }
        var last = Int.random(in: 0..<beginning, using: &random)
        while last < count - 1 {
            // It may be heard before the recorder knows its id.
            try await eventually("the last message's id is known") { recorded.count > last }
            let client = try await front.open("/history?last=\(recorded[last])")
            var left = Int.random(in: 1..<count / 2, using: &random)
            while left > 0, last < count - 1 {
                let text = try await client.text()
                if text == "played" { continue }
                let number = Int(text.prefix { $0 != " " })
                try #require(number == last + 1, "seed \(seed): \(text) came after \(last)")
                last += 1
                left -= 1
            }
            if last == count - 1 {
                try await client.send(text: "quiet?")
                var text = try await client.text()
                if text == "played" { text = try await client.text() }
                #expect(text == "quiet?")
            }
            try await client.reset()
        }
    }
}
