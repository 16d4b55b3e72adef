public import Messages

/// Where a recorded message stands in the history of its group.
///
/// Written as Redis writes the id of a stream's entry: `<milliseconds>-<sequence>`, the time of recording and a number
/// among those of one millisecond. Within a group ids grow from message to message; those of two groups say nothing of
/// each other.
public struct MessageID: Sendable, Hashable, Comparable, LosslessStringConvertible {
    /// The time of recording on the clock of the layer's server, in milliseconds since 1970.
    public let milliseconds: UInt64
    /// Counts the messages of one millisecond.
    public let sequence: UInt64

    /// Before every message.
    public static let zero = MessageID(milliseconds: 0, sequence: 0)

    /// Makes an id.
    ///
    /// - Parameters:
    ///   - milliseconds: Milliseconds since 1970.
    ///   - sequence: A number among those of the millisecond.
    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Reads an id: two numbers in decimal digits with a hyphen between them; `nil` for anything else.
    ///
    /// - Parameter text: Such as `1732219200000-0`.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // Digits alone: Swift would read a sign too.
        guard
            parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let milliseconds = UInt64(parts[0]), let sequence = UInt64(parts[1])
        else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    /// The one that follows another, by the clock if it can be: a clock that goes back does not take the ids with it.
    package static func next(after last: MessageID, milliseconds: UInt64) -> MessageID {
        milliseconds > last.milliseconds
            ? MessageID(milliseconds: milliseconds, sequence: 0)
            : MessageID(milliseconds: last.milliseconds, sequence: last.sequence &+ 1)
    }

    /// The id as clients and Redis see it.
    public var description: String { "\(milliseconds)-\(sequence)" }

    /// Whether the left message was recorded earlier.
    public static func < (left: MessageID, right: MessageID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}

extension Message {
    /// The field in which a recorded message carries its id; a layer writes it, whoever sent the message.
    public static let idField = "__asgi_id__"

    /// Where the message stands in its group's history; `nil` for one that is not recorded.
    public var id: MessageID? { self[Self.idField]?.stringValue.flatMap { MessageID($0) } }

    /// The message with this id, or without one.
    package func identified(as id: MessageID?) -> Message {
        guard id != nil || self[Self.idField] != nil else { return self }
        var fields = fields
        fields.removeValue(forKey: Self.idField)
        if let id { fields[Self.idField] = .string(id.description) }
        return Message(type: type, fields)
    }
}
