import ChannelLayers
import Messages

extension CountMessage {
    /// What `announce_count.lua` is given: the message in MessagePack up to the count, which is text and comes last.
    var scriptHead: [UInt8] {
        // An empty text is its one header byte, which the script writes anew for the count.
        Array(Message(type: type, [field: .string("")]).messagePack().dropLast())
    }
}
