import Messages

/// The fields that carry what belongs to the layer rather than to the message.
enum ReservedField {
    /// Whom a mailbox entry is for: `channels_redis` writes and removes it.
    static let address = "__asgi_channel__"
    /// Which member a message to a group passes over: only Muster writes and removes it.
    static let exception = "__asgi_except__"
    /// In which group's history a message is recorded, next to its id: only Muster writes and removes it.
    static let history = "__asgi_history__"
}

extension Message {
    /// The message without a field, and what the field held; nil when there is no such field.
    func taking(_ key: String) throws(WireError) -> (rest: Message, value: MessageValue)? {
        guard let index = fields.index(forKey: key) else { return nil }
        var fields = fields
        let value = fields.remove(at: index).value
        do {
            return (try Message(fields), value)
        } catch {
            throw .malformed(error)
        }
    }
}
