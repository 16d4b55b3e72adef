import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@Suite("A communicator's history", .timeLimit(.minutes(1)))
struct CommunicatorHistoryTests {
    private struct Mishap: Error {}

    /// Joins a room from where its scope's query says, and says so.
    private struct Listener: Consumer {
        func connected(_ connection: Connection) async throws {
            let start = connection.scope.parameter("last").flatMap { MessageID($0) }.map { HistoryStart.after($0) }
            do throws(any Error) {
                try await connection.join("room", from: start ?? .newest(2000))
                connection.send(.text("joined"))
            } catch let error as ChannelLayerError where error.code == .unavailable {
                connection.send(.text("no history"))
            }
        }

        func received(_ text: String, on connection: Connection) async throws {
            if text == "leave" { connection.leave("room") }
            connection.send(.text(text))
        }

        static func render(_ message: Message) throws -> Rendering {
            .frame(.text(message["text"]?.stringValue ?? message.type))
        }
    }

    private static func client(_ layer: HistoryLayer, last: MessageID? = nil) -> ConsumerCommunicator {
        let query = last.map { "last=\($0)" } ?? ""
        return ConsumerCommunicator(layer: layer, scope: Scope(path: "/", query: query)) { _ in Listener() }
    }

    private static func texts(_ count: Int, of client: ConsumerCommunicator) async throws -> [String] {
        var texts: [String] = []
        for _ in 0..<count { texts.append(try await client.nextText()) }
        return texts
    }

    @Test("The history comes first, then what is sent from then on")
    func order() async throws {
        let layer = HistoryLayer()
        let first = try await layer.record(0..<1)
        try await layer.record(1..<3)
        let client = Self.client(layer, last: first)
        try await client.connect()
        try await layer.record(3..<5)
        try await layer.groupSend(Message(type: "plain"), to: "room")
        #expect(try await Self.texts(6, of: client) == ["1", "2", "joined", "3", "4", "plain"])
        try await client.disconnect()
    }

    @Test("What is recorded while a page is on its way comes once, in its place; what is not recorded comes at once")
    func meanwhile() async throws {
        let layer = HistoryLayer { start, _, base in
            guard case .newest = start else { return }
            for number in 3..<5 { try await base.groupRecord(.say(number), to: "room") }
            try await base.groupSend(Message(type: "plain"), to: "room")
        }
        try await layer.record(0..<3)
        let client = Self.client(layer)
        try await client.connect()
        try await layer.record([5])
        #expect(try await Self.texts(8, of: client) == ["plain", "0", "1", "2", "3", "4", "joined", "5"])
        #expect(await client.receivesNothing())
        try await client.disconnect()
    }

    @Test("A gap is told before what is left")
    func gap() async throws {
        let layer = HistoryLayer()
        try await layer.record(0..<2)
        let client = Self.client(layer, last: MessageID(milliseconds: 7, sequence: 7))
        try await client.connect()
        #expect(try await Self.texts(4, of: client) == ["history.gap", "0", "1", "joined"])
        try await client.disconnect()
    }

    @Test("After a gap that the layer tells, ids that begin anew are heard by those who have read all")
    func anew() async throws {
        let layer = HistoryLayer()
        try await layer.record(0..<1)
        let client = Self.client(layer)
        try await client.connect()
        let early = Message.say(1).identified(as: MessageID(milliseconds: 1, sequence: 0))
        layer.localGroupSend(early, to: "room")
        layer.localGroupSend(.historyGap, to: "room")
        layer.localGroupSend(early, to: "room")
        #expect(try await Self.texts(4, of: client) == ["0", "joined", "history.gap", "1"])
        #expect(await client.receivesNothing())
        try await client.disconnect()
    }

    @Test("A history that cannot be read fails the join, and the connection is not in the group")
    func failure() async throws {
        let layer = HistoryLayer { _, _, _ in throw Mishap() }
        let client = Self.client(layer)
        try await client.connect()
        #expect(try await client.nextText() == "no history")
        #expect(client.groups.isEmpty)
        #expect(try await layer.groupCount("room") == 0)
        try await client.disconnect()
    }

    @Test("A connection that ends while its history is read ends the join")
    func end() async throws {
        let layer = HistoryLayer { _, _, _ in try await Task.sleep(for: .seconds(3600)) }
        let client = Self.client(layer)
        await #expect(throws: CommunicatorError.self) { try await client.connect(timeout: .milliseconds(50)) }
        try await client.disconnect()
        #expect(try await layer.groupCount("room") == 0)
    }

    @Test("A history longer than the frames that may wait closes nobody who takes them")
    func long() async throws {
        let layer = HistoryLayer()
        let first = try await layer.record(0..<1)
        try await layer.record(1..<3000)
        let client = Self.client(layer, last: first)
        async let connected: Void = client.connect(timeout: .seconds(30))
        while client.groups.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let texts = try await Self.texts(3000, of: client)
        try await connected
        #expect(texts == (1..<3000).map(String.init) + ["joined"])
        try await client.disconnect()
    }
}
