public import Messages

/// The shape of the message that tells a group how many members it has, and how many people if that is wanted.
///
/// With type `number` and field `message` it is `{"type": "number", "message": "3"}`; the counts travel as text.
public struct CountMessage: Sendable, Hashable {
    /// The message's `type`.
    public let type: String
    /// The field that holds the count.
    public let field: String
    /// The field that holds the number of people; `nil` if it is not told.
    public let peopleField: String?

    /// Makes a shape.
    ///
    /// - Parameters:
    ///   - type: The message's `type`.
    ///   - field: The field that holds the count.
    ///   - peopleField: The field that holds the number of people, those behind channels that joined with a `Person`;
    ///     `nil` if it is not told.
    public init(type: String, field: String, peopleField: String? = nil) {
        self.type = type
        self.field = field
        self.peopleField = peopleField
    }

    /// The message for one count.
    ///
    /// - Parameters:
    ///   - count: The number of members.
    ///   - people: The number of people; left out unless there is a field for it.
    /// - Returns: The message.
    public func message(count: Int, people: Int = 0) -> Message {
        var fields: MessageMap = [field: .string(String(count))]
        if let peopleField { fields[peopleField] = .string(String(people)) }
        return Message(type: type, fields)
    }
}
