// README-BEGIN
import ChannelLayers
import Consumers
import Messages

struct Room: Consumer {
    let name: String

    init(_ scope: Scope) {
        name = "chat." + (scope.arguments["room"] ?? "lobby")
    }

    func connected(_ connection: Connection) async throws {
        try await connection.join(GroupName(name))
        connection.send(.text("Welcome to \(name)"))
    }

    func received(_ text: String, on connection: Connection) async throws {
        let message = Message(type: "chat.message", ["text": .string(text)])
        try await connection.groupSend(message, to: GroupName(name))
    }

    static func render(_ message: Message) throws -> Rendering {
        .frame(.text(message["text"]?.stringValue ?? ""))
    }
}
// README-END
