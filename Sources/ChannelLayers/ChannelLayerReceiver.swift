public import Messages

/// What takes a channel layer's messages for this process: the front, which fans them out to its own connections.
///
/// Calls come from any thread, in the order in which the layer received the messages of one sender to one group.
/// They must return soon: work that takes time belongs on the receiver's own event loops.
public protocol ChannelLayerReceiver: AnyObject, Sendable {
    /// A message was sent to a group that has members in this process. It is handed over once, not once per member.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - group: The group it was sent to.
    func receive(_ message: Message, group: GroupName)

    /// A message was sent to one channel of this process.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - channel: The channel it was sent to.
    func receive(_ message: Message, channel: ChannelName)
}
