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
    ///   - excluded: A member that must not get it; `nil` for none.
    func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?)

    /// A message was sent to connections of this process by their names.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - channels: Those that are to get it, one or, when a Django process sends to a group, many; each once.
    func receive(_ message: Message, channels: [ChannelName])

    /// Messages to groups may have been missed: the layer lost its server's relay for a while and has it back.
    ///
    /// Groups whose history is read instead are not named: they get what is recorded, then `Message.historyCaughtUp`.
    ///
    /// - Parameter groups: Those concerned that have members in this process.
    func gap(in groups: [GroupName])
}

extension ChannelLayerReceiver {
    /// Does nothing.
    public func gap(in groups: [GroupName]) {}
}
