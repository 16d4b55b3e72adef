public import Messages

/// The shape of the message that tells a group how many members it has.
///
/// With type `number` and field `message` it is `{"type": "number", "message": "3"}`; the count travels as text.
public struct CountMessage: Sendable, Hashable {
    /// The message's `type`.
    public let type: String
    /// The field that holds the count.
    public let field: String

    /// Makes a shape.
    ///
    /// - Parameters:
    ///   - type: The message's `type`.
    ///   - field: The field that holds the count.
    public init(type: String, field: String) {
        self.type = type
        self.field = field
    }

    /// The message for one count.
    ///
    /// - Parameter count: The number of members.
    /// - Returns: The message.
    public func message(count: Int) -> Message {
        Message(type: type, [field: .string(String(count))])
    }
}
