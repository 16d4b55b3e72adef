package import ChannelLayers
package import Messages

/// A message with one text left open, which a script on Redis has to fill in: a count, or an id.
package struct MessageTemplate: Sendable, Hashable {
    /// What the script must do: in MessagePack it writes a text header before the text, in JSON only the text.
    package let kind: WireFormat.Serializer
    /// What comes before.
    package let head: [UInt8]
    /// What comes after; nothing in MessagePack.
    package let tail: [UInt8]
}

extension WireFormat {
    /// A message cut open at a field, which comes last, whatever the message holds in it.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - field: The field whose text the script writes; it must need no escapes in JSON.
    /// - Returns: The template; `nil` when a script cannot fill it in, because messages are encrypted.
    /// - Throws: ``MessageError/bytesInJSON(key:)``.
    package func template(
        _ message: Message,
        openAt field: String
    ) throws(MessageError) -> MessageTemplate? {
        // The message's type wins over a field of that name.
        guard !isEncrypted, field != "type" else { return nil }
        var fields = message.fields
        fields.removeValue(forKey: field)
        fields[field] = ""
        let bytes = try SerializedMessage.bytes(of: fields, serializer: serializer)
        switch serializer {
        case .messagePack:
            // An empty text is its header alone, one byte, which the script writes anew.
            return MessageTemplate(kind: .messagePack, head: bytes.dropLast(), tail: [])
        case .json:
            let tail = Array("\"}".utf8)
            return MessageTemplate(kind: .json, head: bytes.dropLast(tail.count), tail: tail)
        }
    }

    /// What a script needs to write a count's message; nil when a script cannot, because it is encrypted, because the
    /// message does not hold the count, or because it holds the number of people too, which is under another key.
    package func countTemplate(for message: CountMessage) -> MessageTemplate? {
        guard message.peopleField == nil else { return nil }
        // Text can always be written as JSON.
        return try? template(Message(type: message.type), openAt: message.field)
    }
}
