import ChannelLayers
import Consumers
import Messages

/// Does what its client says.
///
/// It knows `join g`, `leave g`, `ping mark words`, `say g words`, `whisper g words`, `end g`, `close code`, `fail`;
/// echoes anything else. A query names a group that it joins at once.
struct ScriptedConsumer: Consumer {
    struct Failure: Error {}

    let journal: Journal

    func connected(_ connection: Connection) async throws {
        journal.noteLoop()
        journal.add(.connected, channel: connection.channel)
        guard !connection.scope.query.isEmpty else { return }
        try await connection.join(GroupName(connection.scope.query))
        connection.send(.text("joined"))
    }

    func received(_ text: String, on connection: Connection) async throws {
        journal.add(.text(text), channel: connection.channel)
        let words = text.split(separator: " ", maxSplits: 2).map(String.init)
        let argument = words.count > 1 ? words[1] : ""
        switch words.first {
        case "join":
            try await connection.join(GroupName(argument))
            connection.send(.text("joined \(argument)"))
        case "leave":
            connection.leave(try GroupName(argument))
            connection.send(.text("left \(argument)"))
        case "say", "whisper", "end":
            let message = Message(type: words[0], ["text": .string(words.count > 2 ? words[2] : "")])
            try await connection.groupSend(message, to: GroupName(argument))
        case "ping":
            connection.send(.text(words.count > 2 ? words[2] : ""))
            connection.ping(UInt64(argument) ?? 0)
        case "close":
            connection.close(CloseCode(rawValue: UInt16(argument) ?? 1000), reason: "as you wish")
        case "fail":
            throw Failure()
        default:
            connection.send(.text(text))
        }
    }

    func received(_ bytes: [UInt8], on connection: Connection) async throws {
        journal.add(.binary(bytes), channel: connection.channel)
        connection.send(.binary(bytes))
    }

    func received(_ message: Message, on connection: Connection) async throws {
        let text = message["text"]?.stringValue ?? ""
        connection.send(.text("\(connection.scope.arguments["name"] ?? "") hears \(text)"))
    }

    func answered(_ mark: UInt64, on connection: Connection) async throws {
        journal.add(.text("answered \(mark)"), channel: connection.channel)
        connection.send(.text("answered \(mark)"))
    }

    func gap(in groups: [GroupName], on connection: Connection) async throws {
        connection.send(.text("gap in \(groups.map(\.rawValue).joined(separator: " "))"))
    }

    func disconnected(_ connection: Connection, code: CloseCode) async throws {
        journal.add(.disconnected(code), channel: connection.channel)
    }

    static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case "say": .frame(.text(message["text"]?.stringValue ?? ""))
        case "whisper": .personal
        case "end": .close(CloseCode(rawValue: 4000))
        default: .unknown
        }
    }
}
