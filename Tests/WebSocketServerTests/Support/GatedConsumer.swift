import Consumers

/// Lets no message pass before its gate is open.
struct GatedConsumer: Consumer {
    let journal: Journal
    let gate: Gate

    func received(_ text: String, on connection: Connection) async throws {
        try await gate.pass()
        journal.add(.text(text), channel: connection.channel)
    }

    func disconnected(_ connection: Connection, code: CloseCode) async throws {
        journal.add(.disconnected(code), channel: connection.channel)
    }
}
