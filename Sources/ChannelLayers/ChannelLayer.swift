public import Messages
public import ServiceLifecycle

/// How processes share groups and pass messages: the specification that every layer keeps.
///
/// The words are Django Channels' own. All calls are safe from any thread. Whatever a layer needs to do in the
/// background happens in `run()`; before it runs, calls that need it wait.
///
/// Guarantees of every layer:
/// - **At most once.** A message reaches each member of a group once, or, when the layer lost its server, not at all.
/// - **Order.** Messages of one sender to one group arrive in order at every receiver.
/// - **Joined means reachable.** When a `groupAdd` is acknowledged, every message sent to the group from then on by
///   anyone reaches the channel.
/// - **Own state wins.** A layer's record of its own members is the truth: after every reconnection a server that forgot
///   members is told of them again.
public protocol ChannelLayer: Service {
    /// Makes a name that no other process and no earlier call has.
    ///
    /// - Returns: The name. Nothing is written anywhere.
    func newChannel() -> ChannelName

    /// Puts a channel of this process into a group. Joining twice is joining once.
    ///
    /// - Parameters:
    ///   - channel: A name that `newChannel` made.
    ///   - group: The group.
    ///   - whenDone: Called once, on any thread, when the join is acknowledged or has failed. While the layer's
    ///     server is away the join stays wanted and the call waits. It fails with `.closed` if the channel leaves first
    ///     and with `.refused` if the server does not take it.
    func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    )

    /// Takes a channel of this process out of groups and returns at once; the server hears of it in the background.
    ///
    /// - Parameters:
    ///   - channel: A name that `newChannel` made.
    ///   - groups: The groups to leave. Those that it is not in are passed over.
    func groupDiscard(_ channel: ChannelName, from groups: [GroupName])

    /// Sends a message to every member of a group, in whichever process it is.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - group: The group.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func groupSend(_ message: Message, to group: GroupName) async throws(ChannelLayerError)

    /// Sends a message to one channel, in whichever process it is. Nobody there: the message is dropped.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - channel: The channel.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError)

    /// Counts a group's members in all processes.
    ///
    /// - Parameter group: The group.
    /// - Returns: The number of members.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int

    /// Lists a group's members in all processes.
    ///
    /// - Parameter group: The group.
    /// - Returns: The members, in no particular order.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName]

    /// Tells a group its own count, soon: the first change at once, later ones at most once per window (50 ms), all
    /// joins and leaves that came before the call included.
    ///
    /// Count and send are one step on the server, so the last count that a member sees is the true one.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - message: The shape of the message.
    func announceCount(of group: GroupName, as message: CountMessage)

    /// Names who takes the messages for this process. Called once, before `run()`.
    ///
    /// - Parameter receiver: Held until the layer goes away.
    func attach(_ receiver: any ChannelLayerReceiver)

    /// Whether joins are acknowledged and messages flow now.
    var readiness: Readiness { get }
}

extension ChannelLayer {
    /// Puts a channel of this process into a group and waits for the acknowledgement.
    ///
    /// - Parameters:
    ///   - channel: A name that `newChannel` made.
    ///   - group: The group.
    /// - Throws: `.closed` if the channel leaves first, `.refused` if the server does not take it.
    public func groupAdd(_ channel: ChannelName, to group: GroupName) async throws(ChannelLayerError) {
        let result = await withCheckedContinuation { continuation in
            groupAdd(channel, to: group) { continuation.resume(returning: $0) }
        }
        try result.get()
    }
}
