import ChannelLayers
import Messages

/// What a process without a history of its own asks a front to do: send to a group, and record.
///
/// ```json
/// {"type": "group.send", "group": "message.ann", "message": {"type": "websocket.send", "text": "hello"}}
/// ```
struct SendRequest: Sendable, Equatable {
    static let type = "group.send"

    let group: GroupName
    let message: Message

    /// Reads a request.
    ///
    /// - Throws: `BadSendRequest` that says what is wrong with it.
    init(_ request: Message) throws(BadSendRequest) {
        guard request.type == Self.type else { throw BadSendRequest("its type is \(Self.shown(request.type))") }
        guard let name = request["group"]?.stringValue else { throw BadSendRequest("it has no text 'group'") }
        guard let value = request["message"] else { throw BadSendRequest("it has no 'message'") }
        do {
            group = try GroupName(name)
        } catch {
            throw BadSendRequest(error.message)
        }
        do {
            message = try Message(value)
        } catch {
            throw BadSendRequest(error.description)
        }
    }

    private static func shown(_ text: String) -> String { String(text.debugDescription.prefix(60)) }
}

/// A message on the general channel that is no request to send.
struct BadSendRequest: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ reason: String) {
        description = "\(reason); send {\"type\": \"group.send\", \"group\": …, \"message\": {\"type\": …}}"
    }
}
