import ChannelLayers
import Consumers
import Messages

/// What a client hears that offers the subprotocol `muster.v1`, as `/muster.js` does: text frames that hold a JSON object.
///
/// ```json
/// {"type": "message", "id": "1732219200000-0", "text": "hello"}
/// ```
///
/// `type` says what it is. `id`, if it is there, is the client's position in the history: on its next connection it is
/// passed back as the parameter `last` of the query. `{"type": "gap"}` says that messages may be missing here.
enum StructuredFrame {
    /// What the client offers in `Sec-WebSocket-Protocol`.
    static let subprotocol = "muster.v1"
    /// The parameter of the query with the last id that the client has seen.
    static let positionParameter = "last"

    /// A frame.
    ///
    /// - Parameters:
    ///   - type: What it is.
    ///   - message: Whose id it carries, if that has one.
    ///   - fields: What else it says.
    /// - Returns: The frame.
    /// - Throws: `MessageError` when a field holds bytes.
    static func frame(
        _ type: String,
        of message: Message? = nil,
        _ fields: MessageMap = [:]
    ) throws(MessageError) -> OutboundFrame {
        var map: MessageMap = ["type": .string(type)]
        if let id = message?.id { map["id"] = .string(id.description) }
        for (key, value) in fields { map[key] = value }
        return try .json(map)
    }

    /// Where a client begins that has seen nothing yet.
    static func position(_ id: MessageID) throws(MessageError) -> OutboundFrame {
        try frame("position", ["id": .string(id.description)])
    }

    /// Where a message should have been.
    static func gap() throws(MessageError) -> OutboundFrame {
        try frame("gap")
    }
}

extension Scope {
    /// The last message that the client has seen; throws if it is not an id, `nil` if the client has seen none.
    func lastSeen() throws(BadPosition) -> MessageID? {
        guard hasParameter(StructuredFrame.positionParameter) else { return nil }
        guard let text = parameter(StructuredFrame.positionParameter) else { throw BadPosition(text: nil) }
        guard !text.isEmpty else { return nil }
        guard let id = MessageID(text) else { throw BadPosition(text: text) }
        return id
    }
}

extension GroupName {
    /// The group of a room, a user or whatever else the path names; `nil` if the name breaks the rules.
    ///
    /// A group may be named `.` or `..`, a part of a path not: browsers take it for the folder itself or the one above.
    init?(_ prefix: String, pathSegment name: String) {
        guard !name.isEmpty, name != ".", name != ".." else { return nil }
        try? self.init(prefix + name)
    }
}

/// A client's last id is not an id.
struct BadPosition: Error, CustomStringConvertible {
    /// What it is; `nil` if it is not UTF-8.
    let text: String?

    /// What the client is told.
    var description: String { "\(text?.debugDescription.prefix(40) ?? "the last id") is not the id of a message" }
}
