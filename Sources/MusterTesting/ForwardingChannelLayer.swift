public import ChannelLayers
public import Messages
import ServiceLifecycle

/// A channel layer that passes every call on to another one, for tests that change or watch a few of them.
///
/// ```swift
/// struct Unready: ForwardingChannelLayer {
///     let base: any ChannelLayer
///     var readiness: Readiness { .notReady(reason: "for a test") }
/// }
/// ```
public protocol ForwardingChannelLayer: ChannelLayer {
    /// What gets the calls that the conforming type does not answer itself.
    var base: any ChannelLayer { get }
}

extension ForwardingChannelLayer {
    /// Passed on.
    public func run() async throws { try await base.run() }
    /// Passed on.
    public func newChannel() -> ChannelName { base.newChannel() }
    /// Passed on.
    public func newConnectionChannel() -> ChannelName { base.newConnectionChannel() }
    /// Passed on.
    public func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message {
        try await base.receive(channel)
    }
    /// Passed on.
    public func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        base.groupAdd(channel, to: group, as: person, whenDone: whenDone)
    }
    /// Passed on.
    public func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) {
        base.groupDiscard(channel, from: groups)
    }
    /// Passed on.
    public func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) {
        try await base.groupSend(message, to: group, excluding: excluded)
    }
    /// Passed on.
    @discardableResult
    public func groupRecord(
        _ message: Message,
        to group: GroupName
    ) async throws(ChannelLayerError) -> MessageID? {
        try await base.groupRecord(message, to: group)
    }
    /// Passed on.
    public func history(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int
    ) async throws(ChannelLayerError) -> HistoryPage {
        try await base.history(of: group, from: start, limit: limit)
    }
    /// Passed on.
    public func historyEnd(of group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        try await base.historyEnd(of: group)
    }
    /// Passed on.
    public func localGroupSend(_ message: Message, to group: GroupName) {
        base.localGroupSend(message, to: group)
    }
    /// Passed on.
    public func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        try await base.send(message, to: channel)
    }
    /// Passed on.
    public func flush() async throws(ChannelLayerError) { try await base.flush() }
    /// Passed on.
    public func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await base.groupCount(group)
    }
    /// Passed on.
    public func peopleCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await base.peopleCount(group)
    }
    /// Passed on.
    public func groupPeople(_ group: GroupName, limit: Int) async throws(ChannelLayerError) -> [UserName] {
        try await base.groupPeople(group, limit: limit)
    }
    /// Passed on.
    public func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        try await base.groupMembers(group)
    }
    /// Passed on.
    public func announceCount(of group: GroupName, as message: CountMessage) {
        base.announceCount(of: group, as: message)
    }
    /// Passed on.
    public func attach(_ receiver: any ChannelLayerReceiver) { base.attach(receiver) }
    /// Passed on.
    public var readiness: Readiness { base.readiness }
}
