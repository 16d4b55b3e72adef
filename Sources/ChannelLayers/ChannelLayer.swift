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
    /// Makes the name of a channel whose messages wait for `receive`, those of its groups included.
    ///
    /// - Returns: A name that no other process and no earlier call has. Nothing is written anywhere.
    func newChannel() -> ChannelName

    /// Makes the name of a channel whose messages are handed to the attached receiver, as those of a front's connections.
    ///
    /// - Returns: A name that no other process and no earlier call has. Nothing is written anywhere.
    func newConnectionChannel() -> ChannelName

    /// Takes the next message of a channel, waiting until there is one.
    ///
    /// A general channel is a work queue: any process may receive from it, and each message goes to one of them, the
    /// oldest first as far as one server keeps them. A channel that `newChannel` made belongs to this process alone; the newest `capacity` messages wait.
    /// Several may receive from one channel; whoever asked first is served first.
    ///
    /// - Parameter channel: A general channel, or one that `newChannel` of this layer made.
    /// - Returns: The message.
    /// - Throws: `.invalidName` for another process' channel or a connection's, `.cancelled` when the task is cancelled,
    ///   `.closed` when the layer shuts down; no message is lost with either.
    func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message

    /// Puts a channel of this process into a group. Joining twice is joining once.
    ///
    /// - Parameters:
    ///   - channel: A name that `newChannel` or `newConnectionChannel` made.
    ///   - group: The group.
    ///   - person: Who is behind the channel; `nil` if that is nobody's business. A channel that joins again as another
    ///     person is that one from then on.
    ///   - whenDone: Called once, on any thread, when the join is acknowledged or has failed. While the layer's
    ///     server is away the join stays wanted and the call waits. It fails with `.closed` if the channel leaves first
    ///     and with `.refused` if the server does not take it.
    func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    )

    /// Takes a channel of this process out of groups and returns at once; the server hears of it in the background.
    ///
    /// - Parameters:
    ///   - channel: A name that `newChannel` or `newConnectionChannel` made.
    ///   - groups: The groups to leave. Those that it is not in are passed over.
    func groupDiscard(_ channel: ChannelName, from groups: [GroupName])

    /// Sends a message to every member of a group, in whichever process it is.
    ///
    /// A member that has no room for it does not get it, which is counted; the others do, and the sender hears nothing.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - group: The group.
    ///   - excluded: A member that does not get it, such as the sender's own; `nil` for none. A Django process with the
    ///     pub/sub layer cannot leave one of its members out: it sees the name in the field `__asgi_except__`.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error,
    ///   `.invalidMessage` when the layer's serializer cannot carry the message.
    func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError)

    /// Sends a message to every member of a group and, if the layer keeps a history of the group, records it there.
    ///
    /// Both are one step on the server: the order in which members hear recorded messages is that of their ids, and a
    /// message that any member has heard can be read. Each member sees the message with its `id`.
    ///
    /// - Parameters:
    ///   - message: The message. An id that it brings along is replaced.
    ///   - group: The group.
    /// - Returns: The message's id; `nil` if the group keeps no history, and the message was only sent.
    /// - Throws: As `groupSend(_:to:excluding:)`.
    @discardableResult
    func groupRecord(_ message: Message, to group: GroupName) async throws(ChannelLayerError) -> MessageID?

    /// Reads a group's history, a page at a time.
    ///
    /// - Parameters:
    ///   - group: The group. One that keeps no history has none, which is no error; reading on after an id gives `hasGap`.
    ///   - start: From where on. `.after` a message that the history does not know, or no longer, gives all that is kept
    ///     after it, or all, and `hasGap`.
    ///   - limit: How many messages at most, 1 to 1000.
    /// - Returns: The page. It may have fewer messages than the limit: a layer may bound its bytes too, to 1 MB in Redis.
    ///   Reading on after its end gives the rest. Of `.newest` there is no rest: the oldest of those wanted are left out.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func history(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int
    ) async throws(ChannelLayerError) -> HistoryPage

    /// Tells where a group's history ends now, for somebody who wants what comes later.
    ///
    /// Reading on after it later gives all that was recorded since, or a gap. A history that has nothing in it yet begins
    /// with this call, so the end is never `.zero`.
    ///
    /// - Parameter group: The group.
    /// - Returns: The id of the newest message that was ever recorded, or one before all that will be; `nil` if the group
    ///   keeps no history.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func historyEnd(of group: GroupName) async throws(ChannelLayerError) -> MessageID?

    /// Sends a message to those members of a group that are connections of this process, and to nobody else.
    ///
    /// It costs the server nothing: for what every process says by itself, such as the time.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - group: The group.
    func localGroupSend(_ message: Message, to group: GroupName)

    /// Sends a message to one channel, in whichever process it is, or to a general channel, where it waits for a receiver.
    ///
    /// Nobody there: the message is dropped when it expires.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - channel: The channel.
    /// - Throws: `.channelFull` when as many messages wait as the capacity of a general channel, or of the mailbox of the
    ///   channel's process, allows, `.unavailable` when the
    ///   server cannot be reached, `.refused` when it answers with an error, `.invalidMessage` when the layer's serializer
    ///   cannot carry the message.
    func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError)

    /// Deletes every message that waits, every history and every membership: for tests, and after a mishap.
    ///
    /// This process' own members are written again at once, those of others when their processes connect anew or renew
    /// their groups.
    ///
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func flush() async throws(ChannelLayerError)

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

    /// Counts the people in a group in all processes: those behind channels that joined with a `Person`, each once.
    ///
    /// A person stays counted for a grace period after the last channel has left, so that a reload is no leave.
    ///
    /// - Parameter group: The group.
    /// - Returns: The number of people.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func peopleCount(_ group: GroupName) async throws(ChannelLayerError) -> Int

    /// Lists people in a group in all processes, in no particular order; if there are more than the limit, any of them.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - limit: How many at most; at least 1.
    /// - Returns: Their names, those who are still waited for included.
    /// - Throws: `.unavailable` when the server cannot be reached, `.refused` when it answers with an error.
    func groupPeople(_ group: GroupName, limit: Int) async throws(ChannelLayerError) -> [UserName]

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
    /// Sends a message to every member of a group, in whichever process it is.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - group: The group.
    /// - Throws: As `groupSend(_:to:excluding:)`.
    public func groupSend(_ message: Message, to group: GroupName) async throws(ChannelLayerError) {
        try await groupSend(message, to: group, excluding: nil)
    }

    /// Puts a channel of this process into a group; who is behind it is nobody's business.
    ///
    /// - Parameters:
    ///   - channel: A name that `newChannel` or `newConnectionChannel` made.
    ///   - group: The group.
    ///   - whenDone: As that of `groupAdd(_:to:as:whenDone:)`.
    public func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        groupAdd(channel, to: group, as: nil, whenDone: whenDone)
    }

    /// Puts a channel of this process into a group and waits for the acknowledgement.
    ///
    /// - Parameters:
    ///   - channel: A name that `newChannel` or `newConnectionChannel` made.
    ///   - group: The group.
    ///   - person: Who is behind the channel, if that matters.
    /// - Throws: `.closed` if the channel leaves first, `.refused` if the server does not take it.
    public func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person? = nil
    ) async throws(ChannelLayerError) {
        let result = await withCheckedContinuation { continuation in
            groupAdd(channel, to: group, as: person) { continuation.resume(returning: $0) }
        }
        try result.get()
    }
}
