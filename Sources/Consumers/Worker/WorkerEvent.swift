import ChannelLayers
import Messages

/// What a worker is told of a connection: Channels' messages of the same names.
///
/// All values are text unless the client sent bytes, so that JSON can carry them.
enum WorkerEvent: Sendable {
    case connect
    case text(String)
    case binary([UInt8])
    case disconnect(CloseCode)

    /// The message that goes to the worker's channel; `order` counts a connection's messages from 0.
    func message(of connection: Connection, order: Int) -> Message {
        let scope = connection.scope
        var fields: MessageMap = [
            "reply_channel": .string(connection.channel.rawValue),
            "path": .string(scope.path),
        ]
        let type: String
        switch self {
        case .connect:
            type = "websocket.connect"
            fields["query_string"] = .string(scope.query)
            fields["headers"] = .array(
                scope.headers.map { .array([.string($0.name.lowercased()), .string($0.value)]) }
            )
            fields["client"] = scope.clientAddress.map { .string($0) } ?? .null
            let arguments = scope.arguments.sorted { $0.key < $1.key }
            fields["arguments"] = .map(MessageMap(uniqueKeysWithValues: arguments.map { ($0.key, .string($0.value)) }))
        case .text(let text):
            type = "websocket.receive"
            fields["text"] = .string(text)
        case .binary(let bytes):
            type = "websocket.receive"
            fields["bytes"] = .bytes(bytes)
        case .disconnect(let code):
            type = "websocket.disconnect"
            fields["code"] = .integer(Int64(code.rawValue))
        }
        fields["order"] = .integer(Int64(order))
        return Message(type: type, fields)
    }
}
