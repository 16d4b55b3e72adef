import ChannelLayers
import Consumers
import Messages

/// Joins a room with its history, and says so.
///
/// Its query says from where on: `last=<id>`, or `newest=<count>`, or nothing to wait for `play <id>`. It knows `play`,
/// `join` and `leave`, and echoes anything else.
struct HistoryConsumer: Consumer {
    func connected(_ connection: Connection) async throws {
        let last = connection.scope.parameter("last").flatMap { MessageID($0) }
        let newest = connection.scope.parameter("newest").flatMap { Int($0) }
        guard let start = last.map({ HistoryStart.after($0) }) ?? newest.map({ HistoryStart.newest($0) }) else {
            return
        }
        await play(from: start, on: connection)
    }

    func received(_ text: String, on connection: Connection) async throws {
        let words = text.split(separator: " ").map(String.init)
        switch words[0] {
        case "play":
            guard let id = MessageID(words[1]) else { return }
            await play(from: .after(id), on: connection)
        case "join":
            try await connection.join("room")
            connection.send(.text("joined"))
        case "leave":
            connection.leave("room")
            connection.send(.text("left"))
        default:
            connection.send(.text(text))
        }
    }

    func received(_ message: Message, on connection: Connection) async throws {
        connection.send(.text("personal"))
    }

    private func play(from start: HistoryStart, on connection: Connection) async {
        do {
            try await connection.join("room", from: start)
            connection.send(.text("played"))
        } catch {
            connection.send(.text("\(error.code)"))
        }
    }

    static func render(_ message: Message) throws -> Rendering {
        switch message.type {
        case "say": .frame(.text(message["text"]?.stringValue ?? ""))
        case "whisper": .personal
        case "end": .close(CloseCode(rawValue: 4000))
        case "history.gap": .frame(.text("gap"))
        case "nothing": .nothing
        default: .unknown
        }
    }
}
