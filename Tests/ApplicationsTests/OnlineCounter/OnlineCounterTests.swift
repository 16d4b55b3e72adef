import Applications
import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

struct OnlineCounterTests {
    /// A layer that announces without delay, so that the frames of a test are all there are.
    private let layer = InMemoryChannelLayer(countWindow: .zero)

    private func connect() async throws -> ConsumerCommunicator {
        let client = ConsumerCommunicator(layer: layer, scope: Scope(path: "/ws/online_number/")) { _ in OnlineCounter()
        }
        try await client.connect()
        return client
    }

    @Test("Whoever comes or goes, everyone who is online sees how many are: exactly this text")
    func comingAndGoing() async throws {
        let first = try await connect()
        #expect(try await first.nextFrame() == .text(#"{"message": "1"}"#))
        let second = try await connect()
        for client in [first, second] { #expect(try await client.nextFrame() == .text(#"{"message": "2"}"#)) }
        let third = try await connect()
        for client in [first, second, third] { #expect(try await client.nextFrame() == .text(#"{"message": "3"}"#)) }
        try await first.disconnect(.goingAway)
        for client in [second, third] { #expect(try await client.nextFrame() == .text(#"{"message": "2"}"#)) }
        try await third.disconnect(.abnormal)
        #expect(try await second.nextFrame() == .text(#"{"message": "1"}"#))
        for client in [first, second, third] { #expect(await client.receivesNothing(for: .milliseconds(10))) }
        try await second.disconnect()
        #expect(try await layer.groupCount(OnlineCounter.group) == 0)
    }

    @Test("A storm ends with the true number, in few messages", .timeLimit(.minutes(1)))
    func storm() async throws {
        let layer = InMemoryChannelLayer()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await layer.run() }
            let watcher = ConsumerCommunicator(layer: layer) { _ in OnlineCounter() }
            try await watcher.connect()
            for _ in 0..<200 {
                try await ConsumerCommunicator(layer: layer) { _ in OnlineCounter() }.connect()
            }
            var frames = 1
            while try await watcher.nextText() != #"{"message": "201"}"# { frames += 1 }
            #expect(frames <= 100)
            tasks.cancelAll()
        }
    }

    @Test("What clients send is ignored")
    func clientsAreIgnored() async throws {
        let client = try await connect()
        _ = try await client.nextFrame()
        try await client.send(#"{"message": "1000000"}"#)
        try await client.send([0xFF])
        #expect(await client.receivesNothing())
        #expect(client.closeCode == nil)
    }

    @Test("A number that another process sends is shown as it is; other messages are not")
    func otherProcesses() async throws {
        let client = try await connect()
        _ = try await client.nextFrame()
        try await layer.groupSend(Message(type: "chat", ["message": "hello"]), to: OnlineCounter.group)
        try await layer.groupSend(Message(type: "number", ["message": "12 345"]), to: OnlineCounter.group)
        #expect(try await client.nextText() == #"{"message": "12 345"}"#)
        #expect(await client.receivesNothing(for: .milliseconds(10)))
    }

    @Test("The group and the message are those that redis-cli and Django see")
    func wire() {
        #expect(OnlineCounter.group.rawValue == "users")
        #expect(OnlineCounter.count.message(count: 3) == Message(type: "number", ["message": "3"]))
    }
}
