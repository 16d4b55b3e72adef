import ChannelLayers
import Consumers
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
}
