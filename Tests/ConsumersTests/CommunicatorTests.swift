import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Synchronization
import Testing

struct CommunicatorTests {
    private let layer = InMemoryChannelLayer()
    private let journal = Journal()

    private func client(
        _ handle: @escaping @Sendable (String, Connection) async throws -> Void
    ) -> ConsumerCommunicator {
        ConsumerCommunicator(layer: layer) { _ in ScriptedConsumer(handle: handle) }
    }

    @Test("Text and bytes reach the consumer, and its frames the test, in order")
    func echo() async throws {
        let client = client { event, connection in
            connection.send(event.hasPrefix("bytes") ? .binary([1]) : .text(event))
        }
        try await client.connect()
        try await client.send("hello")
        try await client.send([0, 255])
        #expect(try await client.nextText() == "connected")
        #expect(try await client.nextFrame() == .text("hello"))
        await #expect(throws: CommunicatorError.notText(byteCount: 1)) { try await client.nextText() }
        #expect(await client.receivesNothing())
        try await client.disconnect()
        #expect(client.closeCode == .normal)
    }

    @Test("A wait that is in vain throws and says what else was noticed")
    func timeout() async throws {
        let client = ConsumerCommunicator(layer: layer) { _ in OnlyKnowsA() }
        try await client.connect()
        let plain = await #expect(throws: CommunicatorError.self) {
            try await client.nextFrame(timeout: .milliseconds(20))
        }
        #expect(plain?.description == "no frame within 0.02 seconds")
        try await layer.send(Message(type: "b"), to: client.channel)
        let hinted = await #expect(throws: CommunicatorError.self) {
            try await client.nextFrame(timeout: .milliseconds(20))
        }
        #expect(hinted?.description.hasSuffix("does not know messages of type 'b'") == true)
        try await layer.send(Message(type: "a"), to: client.channel)
        let failed = await #expect(throws: CommunicatorError.self) {
            try await client.nextFrame(timeout: .milliseconds(20))
        }
        #expect(failed?.description.hasSuffix("render threw for type 'a': a mishap") == true)
    }

    @Test("A gap is told with those of the groups that the connection is in, and to no other connection")
    func gap() async throws {
        let layer = ListenedLayer()
        let client = ConsumerCommunicator(layer: layer) { _ in ToldOfGaps(groups: ["a", "b", "c"]) }
        let other = ConsumerCommunicator(layer: layer) { _ in ToldOfGaps(groups: ["c"]) }
        try await client.connect()
        try await other.connect()
        client.missMessages(in: ["b", "x", "a"])
        #expect(try await client.nextText() == "b a")
        layer.receiver.withLock { $0 }?.gap(in: ["a", "c"])
        #expect(try await client.nextText() == "a c")
        #expect(try await other.nextText() == "c")
        client.missMessages(in: ["x"])
        try await client.settle()
        #expect(await client.receivesNothing(for: .zero))
        try await client.disconnect()
        client.missMessages(in: ["a"])
        try await other.disconnect()
    }

    @Test("A frame that comes while a test waits for it ends the wait")
    func waiting() async throws {
        let client = client { event, connection in connection.send(.text(event)) }
        try await client.connect()
        #expect(try await client.nextText() == "connected")
        async let next = client.nextText()
        try await client.send("later")
        #expect(try await next == "later")
    }

    @Test("Out of turn, each call says what is wrong")
    func outOfTurn() async throws {
        let client = client { _, _ in }
        await #expect(throws: CommunicatorError.notConnected) { try await client.send("early") }
        await #expect(throws: CommunicatorError.notConnected) { try await client.nextFrame() }
        try await client.connect()
        await #expect(throws: CommunicatorError.alreadyConnected) { try await client.connect() }
        try await client.disconnect(.goingAway)
        try await client.disconnect()
        await #expect(throws: CommunicatorError.closed(.goingAway, hint: "")) { try await client.send("late") }
        await #expect(throws: CommunicatorError.alreadyConnected) { try await client.connect() }
    }

    @Test("A consumer that throws closes with 1011, and the test sees what it threw")
    func failure() async throws {
        let client = client { [journal] event, _ in
            journal.note(event)
            if event == "x" { throw Mishap() }
        }
        try await client.connect()
        try await client.send("x")
        #expect(try await client.nextCloseCode() == .internalError)
        let hint = "the consumer threw: a mishap"
        await #expect(throws: CommunicatorError.closed(.internalError, hint: hint)) { try await client.nextFrame() }
        try await client.settle()
        #expect(journal.lines == ["connected", "x", "disconnected 1011"])
        let other = self.client { _, _ in throw Mishap() }
        await #expect(throws: CommunicatorError.consumerFailed("a mishap")) { try await other.connect() }
        #expect(other.closeCode == .internalError)
    }

    @Test("A consumer that closes in connected has what it sent before read, and its groups left")
    func closing() async throws {
        let client = client { event, connection in
            guard event == "connected" else { return }
            try await connection.join("g")
            connection.send(.text("bye"))
            connection.close(CloseCode(rawValue: 4000), reason: "enough")
            connection.send(.text("never"))
        }
        try await client.connect()
        #expect(client.closeCode == CloseCode(rawValue: 4000))
        #expect(try await client.nextText() == "bye")
        await #expect(throws: CommunicatorError.self) { try await client.nextFrame() }
        #expect(client.groups.isEmpty)
        #expect(try await layer.groupCount("g") == 0)
    }

    @Test("Groups are joined and left in the layer, and at the end before the consumer hears of it")
    func groups() async throws {
        let client = client { [layer, journal] event, connection in
            switch event {
            case "connected": for group in ["a", "b"] as [GroupName] { try await connection.join(group) }
            case "leave": connection.leave("a")
            default:
                journal.note("\(event), \(try await layer.groupCount("b")) left")
                let error = await #expect(throws: ChannelLayerError.self) { try await connection.join("c") }
                #expect(error?.code == .closed)
            }
        }
        try await client.connect()
        #expect(client.groups == ["a", "b"])
        try await client.send("leave")
        try await client.settle()
        #expect(client.groups == ["b"])
        #expect(try await layer.groupMembers("b") == [client.channel])
        #expect(try await layer.groupCount("a") == 0)
        try await client.disconnect(.abnormal)
        #expect(journal.lines == ["disconnected 1006, 0 left"])
        #expect(try await layer.groupCount("c") == 0)
    }

    @Test("Personal messages reach each member's own method; close renderings close")
    func renderings() async throws {
        let clients = (0..<3).map { _ in
            client { [journal] event, connection in
                if event == "connected" { try await connection.join("g") } else { journal.note(event) }
            }
        }
        let closer = ConsumerCommunicator(layer: layer) { _ in OnlyKnowsA() }
        for client in clients + [closer] { try await client.connect() }
        try await layer.groupSend(Message(type: "hi"), to: "g")
        #expect(await journal.lines(count: 3) == Array(repeating: "message hi", count: 3))
        try await layer.send(Message(type: "close"), to: closer.channel)
        #expect(try await closer.nextCloseCode() == .policyViolation)
    }

    @Test("A test that does not take frames is closed with 1013 after 1,024 of them")
    func unreadFrames() async throws {
        let client = client { _, connection in for _ in 0..<1025 { connection.send(.text("x")) } }
        try await client.connect()
        #expect(try await client.nextCloseCode() == .tryAgainLater)
        for _ in 0..<1024 { #expect(try await client.nextText() == "x") }
        await #expect(throws: CommunicatorError.closed(.tryAgainLater, hint: "")) { try await client.nextFrame() }
    }

    @Test("Sending waits while 64 events wait for the consumer, and a flood of messages closes with 1013")
    func pressure() async throws {
        let gate = Gate()
        let client = client { event, _ in if event == "0" { await gate.pass() } }
        try await client.connect()
        for event in 0..<64 { try await client.send("\(event)") }
        let error = await #expect(throws: CommunicatorError.self) {
            try await client.send("64", timeout: .milliseconds(20))
        }
        #expect(error?.description == "no room for an event within 0.02 seconds")
        for _ in 0..<1024 { try await layer.send(Message(type: "m"), to: client.channel) }
        #expect(client.closeCode == .tryAgainLater)
        gate.open()
        try await client.settle()
    }

    @Test("A person with two clients comes once, and leaves after the second one has")
    func people() async throws {
        let layer = InMemoryChannelLayer(leaveGrace: .milliseconds(50))
        let bob = Person(try UserName("bob"), presence: PresenceMessage())
        let clients = [nil, bob, bob].map { person in
            ConsumerCommunicator(layer: layer) { _ in
                ScriptedConsumer { event, connection in
                    if event == "connected" {
                        try await connection.join("g", as: person)
                    } else if !event.hasPrefix("disconnected") {
                        connection.send(.text(event))
                    }
                }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await layer.run() }
            for client in clients { try await client.connect() }
            #expect(try await clients[0].nextText() == "message user.joined")
            #expect(try await layer.peopleCount("g") == 1)
            for tab in clients.dropFirst() { try await tab.disconnect() }
            #expect(try await clients[0].nextText() == "message user.left")
            #expect(await clients[0].receivesNothing())
            #expect(try await layer.peopleCount("g") == 0)
            tasks.cancelAll()
        }
    }

    @Test("Communicators on different layers do not hear each other")
    func layers() async throws {
        let other = ConsumerCommunicator(layer: InMemoryChannelLayer()) { _ in
            ScriptedConsumer { event, connection in
                if event == "connected" { try await connection.join("g") } else { connection.send(.text(event)) }
            }
        }
        try await other.connect()
        let client = client { event, connection in
            if event == "connected" { try await connection.join("g") } else { connection.send(.text(event)) }
        }
        try await client.connect()
        try await layer.groupSend(Message(type: "here"), to: "g")
        #expect(try await client.nextText() == "message here")
        #expect(await other.receivesNothing())
    }
}

/// Cannot render the one message that it knows, and closes on another.
private struct OnlyKnowsA: Consumer {
    static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case "a": throw Mishap()
        case "close": .close(.policyViolation)
        default: .unknown
        }
    }
}

/// Joins groups, and says in which of them there was a gap.
private struct ToldOfGaps: Consumer {
    let groups: [GroupName]

    func connected(_ connection: Connection) async throws {
        for group in groups { try await connection.join(group) }
    }

    func gap(in groups: [GroupName], on connection: Connection) async throws {
        connection.send(.text(groups.map(\.rawValue).joined(separator: " ")))
    }
}

/// A layer in memory that tells who takes its messages.
private final class ListenedLayer: ForwardingChannelLayer {
    private let layer = InMemoryChannelLayer()
    let receiver = Mutex<(any ChannelLayerReceiver)?>(nil)
    var base: any ChannelLayer { layer }

    func attach(_ receiver: any ChannelLayerReceiver) {
        self.receiver.withLock { $0 = receiver }
        layer.attach(receiver)
    }
}
