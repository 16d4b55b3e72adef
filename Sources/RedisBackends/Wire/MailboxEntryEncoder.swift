package import ChannelLayers
package import Messages

/// Writes one message for any number of mailboxes; its own fields are serialized once.
package struct MailboxEntryEncoder: Sendable {
    private let format: WireFormat
    private let message: SerializedMessage

    /// Serializes a message; receivers' names that it brings along are left out.
    package init(_ message: Message, format: WireFormat) throws(MessageError) {
        var fields = message.fields
        fields.removeValue(forKey: ReservedField.address)
        self.format = format
        self.message = try SerializedMessage(fields, serializer: format.serializer)
    }

    /// The entry that `send` writes: it names the channel, unless that is a general one.
    package func entry(to channel: ChannelName) throws(MessageError) -> [UInt8] {
        guard !channel.isGeneral else { return entry(message.bytes) }
        return entry(try message.bytes(adding: ReservedField.address, .string(channel.rawValue)))
    }

    /// The entry that `group_send` writes for those members of a group that share a mailbox: it lists them, also when
    /// it is one, also when that is a general channel.
    package func entry(toMembers channels: some Sequence<ChannelName>) throws(MessageError) -> [UInt8] {
        let names = channels.map { MessageValue.string($0.rawValue) }
        return entry(try message.bytes(adding: ReservedField.address, .array(names)))
    }

    private func entry(_ plaintext: [UInt8]) -> [UInt8] {
        randomBytes(MailboxEntry.randomPrefixLength) + format.sealed(plaintext)
    }
}
