import ChannelLayers
import Messages

/// A layer that works, but says that it does not.
final class UnreadyLayer: ChannelLayer {
    private let layer = InMemoryChannelLayer()
    let readiness: Readiness

    init(reason: String) {
        readiness = .notReady(reason: reason)
    }

    func run() async { await layer.run() }
    func newChannel() -> ChannelName { layer.newChannel() }
    func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) { layer.groupDiscard(channel, from: groups) }
    func announceCount(of group: GroupName, as message: CountMessage) { layer.announceCount(of: group, as: message) }
    func attach(_ receiver: any ChannelLayerReceiver) { layer.attach(receiver) }

    func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        layer.groupAdd(channel, to: group, whenDone: whenDone)
    }

    func groupSend(_ message: Message, to group: GroupName) async throws(ChannelLayerError) {
        try await layer.groupSend(message, to: group)
    }

    func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        try await layer.send(message, to: channel)
    }

    func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await layer.groupCount(group)
    }

    func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        try await layer.groupMembers(group)
    }
}
