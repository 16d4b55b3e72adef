package import ChannelLayers
import Messages

/// A message that tells a count, cut open where the digits go, for a script that has to fill them in.
package struct CountTemplate: Sendable, Hashable {
    /// What the script must do: in MessagePack it writes a text header for the digits after the head, in JSON only the
    /// digits.
    package let kind: WireFormat.Serializer
    /// What comes before.
    package let head: [UInt8]
    /// What comes after; nothing in MessagePack.
    package let tail: [UInt8]
}

extension WireFormat {
    /// What a script needs to write a count's message; nil when a script cannot, because it is encrypted, because the
    /// message does not hold the count, or because it holds the number of people too, which is under another key.
    package func countTemplate(for message: CountMessage) -> CountTemplate? {
        // The message's type wins over a field of that name.
        guard !isEncrypted, message.field != "type", message.peopleField == nil else { return nil }
        let empty: MessageMap = ["type": .string(message.type), message.field: .string("")]
        switch serializer {
        case .messagePack:
            // An empty text is its header alone, one byte, which the script writes anew.
            return CountTemplate(kind: .messagePack, head: MessagePack.encode(.map(empty)).dropLast(), tail: [])
        case .json:
            // Text can always be written as JSON.
            guard let text = try? JSON.encodeUTF8(.map(empty)) else { return nil }
            let tail = Array("\"}".utf8)
            return CountTemplate(kind: .json, head: text.dropLast(tail.count), tail: tail)
        }
    }
}
