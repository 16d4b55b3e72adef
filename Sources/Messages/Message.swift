/// What travels between consumers: a map with a text `type`, which says who handles it.
///
/// This is Channels' message. The type and the other fields keep their order on the wire.
public struct Message: Sendable, Hashable {
    /// What the message is, such as `chat.message`.
    public let type: String
    /// All fields in order, `type` among them.
    public let fields: MessageMap

    /// Makes a message; its `type` comes first.
    ///
    /// - Parameters:
    ///   - type: What the message is.
    ///   - fields: The other fields. A `type` among them is left out.
    public init(type: String, _ fields: MessageMap = [:]) {
        var all: MessageMap = ["type": .string(type)]
        for (key, value) in fields where key != "type" {
            all[key] = value
        }
        self.type = type
        self.fields = all
    }

    /// Takes a map for a message, order unchanged.
    ///
    /// - Parameter map: The fields.
    /// - Throws: ``MessageError/missingType`` or ``MessageError/typeIsNotText(found:)``.
    public init(_ map: MessageMap) throws(MessageError) {
        guard let value = map["type"] else { throw .missingType }
        guard case .string(let type) = value else { throw .typeIsNotText(found: value.kind) }
        self.type = type
        self.fields = map
    }

    /// Takes a value for a message.
    ///
    /// - Parameter value: A map with a text `type`.
    /// - Throws: ``MessageError/notAMap(found:)``, ``MessageError/missingType`` or
    ///   ``MessageError/typeIsNotText(found:)``.
    public init(_ value: MessageValue) throws(MessageError) {
        guard case .map(let map) = value else { throw .notAMap(found: value.kind) }
        try self.init(map)
    }

    /// The field under a key; nil when the message has no such field.
    ///
    /// - Parameter key: The field's name; `"type"` gives the type.
    public subscript(_ key: String) -> MessageValue? {
        fields[key]
    }
}
