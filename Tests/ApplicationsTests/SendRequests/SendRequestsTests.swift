import ChannelLayers
import Logging
import Messages
import MusterTesting
import ServiceLifecycle
import Testing

@testable import Applications

@Suite(.timeLimit(.minutes(1)))
struct SendRequestsTests {
    private let layer = FailingLayer(
        InMemoryChannelLayer(histories: HistoryLimits([("ann", HistoryLimit(count: 9, age: .seconds(3600)))])),
        error: nil
    )
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func request(_ text: String) async throws {
        let message: MessageMap = ["type": "t", "text": .string(text)]
        try await layer.send(
            Message(type: "group.send", ["group": "ann", "message": .map(message)]),
            to: SendRequests.channel
        )
    }

    /// Runs the service beside `body`, which hears the group.
    private func serving(
        expiry: Duration = .seconds(60),
        _ body: (ChannelName) async throws -> Void
    ) async throws {
        let channel = layer.newChannel()
        try await layer.groupAdd(channel, to: "ann")
        let (layer, quiet) = (layer, quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await SendRequests(layer: layer, expiry: expiry, logger: quiet).run() }
            try await body(channel)
            tasks.cancelAll()
            // Ends by itself.
            try await tasks.waitForAll()
        }
    }

    @Test("Requests are done in order, and recorded, also those that waited; what is none is passed over")
    func order() async throws {
        try await request("0")
        try await layer.send(Message(type: "hello"), to: SendRequests.channel)
        try await serving { channel in
            for number in 1...4 { try await request("\(number)") }
            var messages: [Message] = []
            for _ in 0...4 { messages.append(try await layer.receive(channel)) }
            #expect(messages.map { $0["text"]?.stringValue } == (0...4).map { "\($0)" })
            #expect(try await layer.history(of: "ann", from: .newest(9), limit: 9).messages == messages)
        }
    }

    @Test("While the server is away requests stay in the channel, and are done when it is back")
    func away() async throws {
        try await serving { channel in
            layer.fail(with: ChannelLayerError(code: .unavailable, message: "away"))
            // The one that was in hand is lost, as what is sent while a server goes away may be.
            try await request("lost")
            try await layer.waitForFailure()
            for number in 1...3 { try await request("\(number)") }
            // Long enough for a look whether the server is back.
            try await Task.sleep(for: .milliseconds(300))
            #expect(layer.failures == 1)
            layer.fail(with: nil)
            for number in 1...3 { #expect(try await layer.receive(channel)["text"] == .string("\(number)")) }
        }
    }

    @Test("What the server refuses was not done: it is kept, and done before what came later")
    func refused() async throws {
        try await serving { channel in
            layer.fail(with: ChannelLayerError(code: .refused, message: "out of memory"))
            for number in 1...3 { try await request("\(number)") }
            try await layer.waitForFailure()
            layer.fail(with: nil)
            for number in 1...3 { #expect(try await layer.receive(channel)["text"] == .string("\(number)")) }
        }
    }

    @Test("What the server refuses until it has expired is dropped")
    func expired() async throws {
        try await serving(expiry: .zero) { channel in
            layer.fail(with: ChannelLayerError(code: .refused, message: "out of memory"))
            try await request("old")
            try await layer.waitForFailure()
            layer.fail(with: nil)
            try await request("new")
            #expect(try await layer.receive(channel)["text"] == "new")
        }
    }

    @Test("A message that the layer cannot carry costs no other its turn")
    func invalid() async throws {
        try await serving { channel in
            layer.fail(with: ChannelLayerError(code: .invalidMessage, message: "no"))
            try await request("bad")
            try await layer.waitForFailure()
            layer.fail(with: nil)
            try await request("good")
            #expect(try await layer.receive(channel)["text"] == "good")
        }
    }

    @Test("A graceful shutdown ends the service while it waits")
    func shutdown() async throws {
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: SendRequests(layer: layer, logger: quiet), successTerminationBehavior: .ignore)
                ],
                logger: quiet
            )
        )
        let channel = layer.newChannel()
        try await layer.groupAdd(channel, to: "ann")
        try await request("first")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            // It works, so it waits for the next.
            #expect(try await layer.receive(channel)["text"] == "first")
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
