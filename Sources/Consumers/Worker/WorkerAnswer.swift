import ChannelLayers
import Messages

/// What a worker may send to a connection.
enum WorkerAnswer: Sendable, Equatable {
    /// A worker takes the connection.
    case accept
    /// One message to the client.
    case send(OutboundFrame)
    case close(CloseCode, reason: String)
    case join(GroupName)
    case leave(GroupName)
    /// A group that cannot be joined or left, and why.
    case badGroup(String)

    /// Reads a message; `nil` if it is of another type.
    init?(_ message: Message) throws(NothingToSend) {
        switch message.type {
        case "websocket.accept":
            self = .accept
        case "websocket.send":
            self = .send(try OutboundFrame(webSocketSend: message))
        case "websocket.close":
            self = .close(Self.closeCode(message["code"]), reason: message["reason"]?.stringValue ?? "")
        case "group.add":
            self = Self.onGroup(of: message) { .join($0) }
        case "group.discard":
            self = Self.onGroup(of: message) { .leave($0) }
        default:
            return nil
        }
    }

    private static func closeCode(_ value: MessageValue?) -> CloseCode {
        guard let value, !value.isNull else { return .normal }
        guard let number = value.integerValue.flatMap({ UInt16(exactly: $0) }) else { return .internalError }
        let code = CloseCode(rawValue: number)
        return code.isSendable ? code : .internalError
    }

    private static func onGroup(of message: Message, _ answer: (GroupName) -> WorkerAnswer) -> WorkerAnswer {
        guard let name = message["group"]?.stringValue else { return .badGroup("\(message.type) has no text 'group'") }
        do {
            return answer(try GroupName(name))
        } catch {
            return .badGroup(error.message)
        }
    }
}
