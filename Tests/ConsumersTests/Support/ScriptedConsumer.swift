import ChannelLayers
import Consumers
import Messages

/// A consumer that passes each event, as one line, to a closure.
struct ScriptedConsumer: Consumer {
    let handle: @Sendable (String, Connection) async throws -> Void

    func connected(_ connection: Connection) async throws {
        try await handle("connected", connection)
    }

    func received(_ text: String, on connection: Connection) async throws {
        try await handle(text, connection)
    }

    func received(_ bytes: [UInt8], on connection: Connection) async throws {
        try await handle("bytes \(bytes)", connection)
    }

    func received(_ message: Message, on connection: Connection) async throws {
        try await handle("message \(message.type)", connection)
    }

    func disconnected(_ connection: Connection, code: CloseCode) async throws {
        try await handle("disconnected \(code)", connection)
    }

    static func render(_ message: Message) throws -> Rendering { .personal }
}

/// What a scripted consumer throws.
struct Mishap: Error, CustomStringConvertible {
    let description = "a mishap"
}
