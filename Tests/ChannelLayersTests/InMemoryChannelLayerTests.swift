import ChannelLayers
import Messages
import MusterTesting
import Testing

struct InMemoryChannelLayerTests {
    @Test(
        "The in-memory layer keeps every promise of ChannelLayer",
        .timeLimit(.minutes(1)),
        arguments: ChannelLayerContract.all
    )
    func keeps(_ contract: ChannelLayerContract) async throws {
        let layer = InMemoryChannelLayer()
        let subject = ContractSubject(layers: [layer])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await layer.run() }
            try await contract.check(subject)
            tasks.cancelAll()
        }
    }

    @Test("It is always ready, and works before it has a receiver")
    func withoutReceiver() async throws {
        let layer = InMemoryChannelLayer()
        #expect(layer.readiness == .ready)
        try await layer.groupAdd(layer.newChannel(), to: "g")
        try await layer.groupSend(Message(type: "lost"), to: "g")
        layer.announceCount(of: "g", as: CountMessage(type: "count", field: "n"))
        let receiver = RecordingReceiver()
        layer.attach(receiver)
        try await layer.groupSend(Message(type: "heard"), to: "g")
        #expect(receiver.messages(to: "g").map(\.type) == ["heard"])
    }

    @Test("What a receiver sends while it receives comes after what is on its way")
    func sendingWhileReceiving() async throws {
        let layer = InMemoryChannelLayer()
        let receiver = Answering(layer: layer)
        layer.attach(receiver)
        try await layer.groupAdd(layer.newChannel(), to: "g")
        try await layer.groupSend(Message(type: "1"), to: "g")
        let seen = await receiver.record.messages(to: "g", timeout: .seconds(10)) { $0.count == 3 }
        #expect(seen.map(\.type) == ["1", "11", "111"])
    }

    @Test("A layer without a group of a name announces nothing for it")
    func announcesNothing() async throws {
        let layer = InMemoryChannelLayer()
        let receiver = RecordingReceiver()
        layer.attach(receiver)
        layer.announceCount(of: "empty", as: CountMessage(type: "count", field: "n"))
        #expect(receiver.messages(to: "empty").isEmpty)
    }
}

/// Answers each short message with a longer one, from inside `receive`.
private final class Answering: ChannelLayerReceiver {
    let record = RecordingReceiver()
    private let layer: InMemoryChannelLayer

    init(layer: InMemoryChannelLayer) {
        self.layer = layer
    }

    func receive(_ message: Message, group: GroupName) {
        record.receive(message, group: group)
        guard message.type.count < 3 else { return }
        Task.immediate { [layer] in try await layer.groupSend(Message(type: message.type + "1"), to: group) }
    }

    func receive(_ message: Message, channel: ChannelName) {}
}
