import Applications
import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

/// The chat in plain text.
struct ChatTests {
    private let layer = InMemoryChannelLayer(countWindow: .zero, histories: HistoryLimits([("chat.*", .recent)]))

    private func client(_ room: String? = nil, query: String = "") -> ConsumerCommunicator {
        let arguments = room.map { ["room": $0] } ?? [:]
        return ConsumerCommunicator(
            layer: layer,
            scope: Scope(path: "/chat/", query: query, arguments: arguments)
        ) { try Chat($0) }
    }

    private func connect(_ room: String? = nil, query: String = "") async throws -> ConsumerCommunicator {
        let client = client(room, query: query)
        try await client.connect()
        return client
    }

    @Test("What one sends all in the room get as it is, the sender too, and nothing else")
    func everyone() async throws {
        let ann = try await connect(query: "name=Ann")
        let bob = try await connect("lobby")
        for text in ["hello", "  <b>bold</b> & more ", "世界"] {
            try await ann.send(text)
            for client in [ann, bob] { #expect(try await client.nextText() == text) }
        }
        try await bob.disconnect()
        #expect(await ann.receivesNothing())
    }

    @Test("Rooms never see each other's messages; all of them are counted together")
    func rooms() async throws {
        let red = try await connect("red")
        let blue = try await connect("blue")
        try await red.send("red only")
        #expect(try await red.nextText() == "red only")
        try await blue.send("blue only")
        #expect(try await blue.nextText() == "blue only")
        #expect(await red.receivesNothing(for: .milliseconds(10)))
        #expect(try await layer.groupCount("chat.red") == 1)
        #expect(try await layer.groupCount(Chat.total) == 2)
    }

    @Test("The text close makes the server say that it closes as asked, and close; nobody else hears of it")
    func closing() async throws {
        let ann = try await connect()
        let bob = try await connect()
        for text in [" close\n", "never said"] { try? await ann.send(text) }
        #expect(try await ann.nextText() == "The server closes the connection, as you asked.")
        #expect(try await ann.nextCloseCode() == .normal)
        #expect(await bob.receivesNothing())
        #expect(try await layer.groupCount(Chat.total) == 1)
    }

    @Test("White space is no message")
    func nothing() async throws {
        let ann = try await connect()
        for text in ["", " \n", "after"] { try await ann.send(text) }
        #expect(try await ann.nextText() == "after")
    }

    @Test("Too long a message closes with 1009 and bytes with 1003, and the room sees neither")
    func refused() async throws {
        let bystander = try await connect()
        let long = try await connect()
        try await long.send(String(repeating: "x", count: 8193))
        #expect(try await long.nextCloseCode() == .messageTooBig)
        let binary = try await connect()
        try await binary.send([1, 2])
        #expect(try await binary.nextCloseCode() == .unsupportedData)
        #expect(await bystander.receivesNothing(for: .milliseconds(10)))
        try await bystander.send(String(repeating: "x", count: 8192))
        #expect(try await bystander.nextText().count == 8192)
    }

    @Test(
        "A room, a name or a last id that breaks the rules closes with 1008 before anything is joined",
        arguments: [
            ("a b", ""), ("é", ""), (String(repeating: "x", count: 95), ""), ("lobby", "name=a%00b"),
            ("lobby", "name=" + String(repeating: "x", count: 256)), ("lobby", "last=yesterday"),
            ("lobby", "last=-1-0"), ("lobby", "name=%FF"), ("lobby", "last=%FF"), (".", ""), ("..", ""),
        ]
    )
    func badNames(room: String, query: String) async throws {
        let client = client(room, query: query)
        try await client.connect()
        #expect(try await client.nextCloseCode() == .policyViolation)
        #expect(try await layer.groupCount(Chat.total) == 0)
    }

    @Test("While the layer's server is away a message that cannot be sent closes with 1013")
    func away() async throws {
        let layer = RefusingLayer(InMemoryChannelLayer(), with: .unavailable)
        let client = ConsumerCommunicator(layer: layer, scope: Scope(path: "/chat/")) { try Chat($0) }
        try await client.connect()
        try await client.send("hello")
        #expect(try await client.nextCloseCode() == .tryAgainLater)
    }

    @Test("Those who come later get the last 50 messages in order, then what is said from then on")
    func late() async throws {
        let ann = try await connect()
        for number in 1...60 {
            try await ann.send("\(number)")
            _ = try await ann.nextText()
        }
        let late = try await connect()
        for number in 11...60 { #expect(try await late.nextText() == "\(number)") }
        try await ann.send("now")
        #expect(try await late.nextText() == "now")
    }

    @Test("A process elsewhere can say something; what is not for a chat is not shown")
    func otherProcesses() async throws {
        let ann = try await connect()
        for message in [
            Message(type: "chat.message"), Message(type: "other", ["text": "x"]), Message.historyCaughtUp,
            Message(type: "chat.message", ["text": "from elsewhere"]),
        ] { try await layer.groupSend(message, to: "chat.lobby") }
        #expect(try await ann.nextText() == "from elsewhere")
    }
}
