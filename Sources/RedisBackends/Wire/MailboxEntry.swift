package import ChannelLayers
package import Messages

/// What lies in the mailbox of a process, or waits under the name of a general channel, in `channels_redis.core`'s
/// form.
///
/// Twelve random bytes come first: a sorted set holds the same bytes only once, and the same message may be sent twice.
/// Then comes the message with the receivers' names as its last field.
package struct MailboxEntry: Sendable {
    /// How many random bytes come first, `random_prefix_length` of `channels_redis`.
    package static let randomPrefixLength = 12

    /// The message, without its receivers' names.
    package let message: Message
    /// Whom it is for, each once; nobody when it names nobody, as in a general channel.
    package let channels: [ChannelName]
    /// How many of the names that it holds are not valid.
    package let invalidNames: Int

    /// Reads an entry; an encrypted one is refused when it is older than `maximumAge`.
    package init(
        decoding entry: Span<UInt8>,
        format: WireFormat,
        maximumAge: Duration? = nil
    ) throws(WireError) {
        guard entry.count >= Self.randomPrefixLength else { throw .noRandomPrefix(bytes: entry.count) }
        let payload = entry.extracting(droppingFirst: Self.randomPrefixLength)
        let message = try format.decode(payload, maximumAge: maximumAge)
        guard let (rest, address) = try message.taking(ReservedField.address) else {
            self.message = message
            channels = []
            invalidNames = 0
            return
        }
        let names = try Self.names(in: address)
        self.message = rest
        var channels: [ChannelName] = []
        var seen: Set<ChannelName> = []
        var invalidNames = 0
        for name in names {
            do {
                let channel = try ChannelName(name)
                if seen.insert(channel).inserted { channels.append(channel) }
            } catch {
                invalidNames += 1
            }
        }
        self.channels = channels
        self.invalidNames = invalidNames
    }

    /// `send` writes a name, `group_send` a list of them.
    private static func names(in address: MessageValue) throws(WireError) -> [String] {
        switch address {
        case .string(let name):
            return [name]
        case .array(let elements):
            let names = elements.compactMap(\.stringValue)
            guard names.count == elements.count else { throw .unreadableAddress }
            return names
        default:
            throw .unreadableAddress
        }
    }
}
