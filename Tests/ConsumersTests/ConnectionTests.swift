import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

struct ConnectionTests {
    private let journal = Journal()

    @Test("A code that may not be sent becomes 1011")
    func closeCodes() {
        let connection = RecordingTransport(journal: journal).connection
        connection.close()
        connection.close(.abnormal, reason: "lost")
        connection.close(CloseCode(rawValue: 4001), reason: "why")
        #expect(journal.lines == ["close 1000 ", "close 1011 lost", "close 4001 why"])
    }

    @Test("A failed join throws what the transport says, and leaving is the transport's too")
    func groups() async {
        let connection = RecordingTransport(journal: journal).connection
        let error = await #expect(throws: ChannelLayerError.self) { try await connection.join("g") }
        #expect(error?.code == .closed)
        connection.leave("g")
        connection.send(.binary([1]))
        #expect(journal.lines == ["join g", "leave g", "send binary([1])"])
    }

    @Test("A join that nobody waits for reports its failure to nobody, and the connection goes on")
    func startJoining() {
        let connection = RecordingTransport(journal: journal).connection
        connection.startJoining("g")
        connection.send(.text("at once"))
        #expect(journal.lines == ["join g", "send text(\"at once\")"])
    }

    @Test("A group message reaches its sender, unless the sender leaves itself out", arguments: [false, true])
    func excludingSelf(excludingSelf: Bool) async throws {
        let layer = InMemoryChannelLayer()
        let clients = (0..<2).map { _ in
            ConsumerCommunicator(layer: layer) { _ in Speaker(excludingSelf: excludingSelf) }
        }
        for client in clients { try await client.connect() }
        try await clients[0].send("hello")
        #expect(try await clients[1].nextText() == "hello")
        try await clients[0].settle()
        if !excludingSelf { #expect(try await clients[0].nextText() == "hello") }
        #expect(await clients[0].receivesNothing())
    }
}

/// Says what its client says to everyone.
private struct Speaker: Consumer {
    let excludingSelf: Bool

    func connected(_ connection: Connection) async throws {
        try await connection.join("all")
    }

    func received(_ text: String, on connection: Connection) async throws {
        let message = Message(type: "said", ["text": .string(text)])
        try await connection.groupSend(message, to: "all", excludingSelf: excludingSelf)
    }

    static func render(_ message: Message) throws -> Rendering {
        .frame(.text(message["text"]?.stringValue ?? ""))
    }
}
