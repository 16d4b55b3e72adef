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
        // Long enough for a test that gets no processor for a while.
        let grace = Duration.seconds(2)
        let layer = InMemoryChannelLayer(leaveGrace: grace, histories: ContractSubject.histories)
        let subject = ContractSubject(layers: [layer], leaveGrace: grace)
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
        try await layer.groupAdd(layer.newConnectionChannel(), to: "g")
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
        try await layer.groupAdd(layer.newConnectionChannel(), to: "g")
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

    @Test("A channel that is received from holds its newest messages, a general channel refuses further ones")
    func capacities() async throws {
        let capacities = ChannelCapacities([(.glob("specific.*"), 2), (.glob("small"), 1)])
        let layer = InMemoryChannelLayer(capacities: capacities)
        let (own, general) = (layer.newChannel(), try ChannelName("small"))
        for number in 1...3 { try await layer.send(.test(number), to: own) }
        #expect(try await layer.receive(own) == .test(2))
        #expect(try await layer.receive(own) == .test(3))
        try await layer.send(.test(1), to: general)
        let error = await #expect(throws: ChannelLayerError.self) { () async throws in
            try await layer.send(.test(2), to: general)
        }
        #expect(error?.code == .channelFull)
        #expect(try await layer.receive(general) == .test(1))
        try await layer.send(.test(3), to: general)
        #expect(try await layer.receive(general) == .test(3))
    }

    @Test("A message that waits too long is not received, and makes room", .timeLimit(.minutes(1)))
    func expiry() async throws {
        let layer = InMemoryChannelLayer(
            capacities: ChannelCapacities([(.glob("jobs"), 1)]),
            expiry: .milliseconds(20)
        )
        let (own, general) = (layer.newChannel(), try ChannelName("jobs"))
        let sent = ContinuousClock.now
        try await layer.send(.test(1), to: own)
        try await layer.send(.test(1), to: general)
        // There is room as soon as the first message has expired.
        var isTaken = false
        while !isTaken {
            do throws(ChannelLayerError) {
                try await layer.send(.test(2), to: general)
                isTaken = true
            } catch {
                #expect(error.code == .channelFull)
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        #expect(.now - sent >= .milliseconds(20))
        // The first message on the own channel has expired too. Further ones may, should this test be slow.
        let receiving = Task { try await layer.receive(own) }
        let sending = Task {
            while !Task.isCancelled {
                try await layer.send(.test(3), to: own)
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        #expect(try await receiving.value == .test(3))
        sending.cancel()
    }

    @Test("Shutting down ends every receive with .closed", .timeLimit(.minutes(1)))
    func shutdown() async throws {
        let layer = InMemoryChannelLayer()
        let channels = [layer.newChannel(), try ChannelName("jobs")]
        let run = Task { await layer.run() }
        let waits = channels.map { channel in
            Task { try await layer.receive(channel) }
        }
        run.cancel()
        for wait in waits {
            let error = await #expect(throws: ChannelLayerError.self) { () async throws in try await wait.value }
            #expect(error?.code == .closed)
        }
    }

    @Test("Flushing deletes what waits on own channels, and leaves them in their groups")
    func flush() async throws {
        let layer = InMemoryChannelLayer()
        let own = layer.newChannel()
        try await layer.groupAdd(own, to: "g")
        try await layer.send(.test(1), to: own)
        try await layer.groupSend(.test(2), to: "g")
        try await layer.flush()
        try await layer.groupSend(.test(3), to: "g")
        #expect(try await layer.receive(own) == .test(3))
        #expect(try await layer.groupMembers("g") == [own])
    }

    @Test("A channel that joins and leaves at the same time is a member, or is not, in every respect")
    func joiningWhileLeaving() async throws {
        let layer = InMemoryChannelLayer()
        for round in 0..<500 {
            let own = layer.newChannel()
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { layer.groupAdd(own, to: "g") { _ in } }
                tasks.addTask { layer.groupDiscard(own, from: ["g"]) }
            }
            let isMember = try await layer.groupCount("g") == 1
            try await layer.groupSend(.test(round), to: "g")
            try await layer.send(.test(-1), to: own)
            #expect(try await layer.receive(own) == .test(isMember ? round : -1))
            layer.groupDiscard(own, from: ["g"])
        }
    }
}

/// Answers each short message with a longer one, from inside `receive`.
private final class Answering: ChannelLayerReceiver {
    let record = RecordingReceiver()
    private let layer: InMemoryChannelLayer

    init(layer: InMemoryChannelLayer) {
        self.layer = layer
    }

    func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        record.receive(message, group: group, excluding: excluded)
        guard message.type.count < 3 else { return }
        Task.immediate { [layer] in try await layer.groupSend(Message(type: message.type + "1"), to: group) }
    }

    func receive(_ message: Message, channels: [ChannelName]) {}
}
