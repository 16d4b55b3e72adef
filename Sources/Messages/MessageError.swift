/// Why a message could not be read or written.
public enum MessageError: Error, Sendable, Hashable {
    /// The bytes break a rule of their format. The offset counts bytes from 0, at the place where reading stopped.
    case malformed(Fault, format: Format, offset: Int)
    /// The value is no map, so it is no message.
    case notAMap(found: String)
    /// The map has no `type`.
    case missingType
    /// The map's `type` is something other than text.
    case typeIsNotText(found: String)
    /// JSON cannot carry bytes; the key is the nearest one above them.
    case bytesInJSON(key: String?)

    /// The formats that messages travel in.
    public enum Format: Sendable, Hashable {
        /// MessagePack, Channels' default.
        case messagePack
        /// JSON.
        case json
    }
}

extension MessageError: CustomStringConvertible {
    /// What is wrong, where, and what to do about it.
    public var description: String {
        switch self {
        case .malformed(let fault, let format, let offset):
            "not valid \(format) at byte \(offset): \(fault)"
        case .notAMap(let found):
            "a message must be a map with a text \"type\", not \(found): check what its sender sends"
        case .missingType:
            "the message has no \"type\": its sender must set one, which says who handles the message"
        case .typeIsNotText(let found):
            "the message's \"type\" must be text, not \(found): check what its sender sends"
        case .bytesInJSON(let key):
            "JSON cannot carry the bytes\(key.map { " under \($0.excerpt)" } ?? ""):"
                + " send them as text, such as base64, or use MessagePack"
        }
    }
}

extension MessageError.Format: CustomStringConvertible {
    /// The format's own name.
    public var description: String {
        switch self {
        case .messagePack: "MessagePack"
        case .json: "JSON"
        }
    }
}

extension String {
    /// Text from a message as it may stand in a log line: quoted, control characters escaped, not long.
    var excerpt: String {
        // Scalars, because one character may hold any number of them.
        let start = unicodeScalars.prefix(60)
        return String(start).debugDescription + (start.endIndex < endIndex ? "…" : "")
    }
}
