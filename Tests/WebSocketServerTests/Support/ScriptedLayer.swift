import ChannelLayers
import Messages

/// A layer in memory that says of its readiness what a test wants, and passes what is sent to general channels to the
/// test.
final class ScriptedLayer: ChannelLayer {
    typealias Worker = @Sendable (Message, InMemoryChannelLayer) async throws -> Void

    private let layer = InMemoryChannelLayer()
    private let worker: Worker
    let readiness: Readiness

    init(readiness: Readiness = .ready, worker: @escaping Worker = { _, _ in }) {
        self.readiness = readiness
        self.worker = worker
    }

    func run() async { await layer.run() }
    func newChannel() -> ChannelName { layer.newChannel() }
    func newConnectionChannel() -> ChannelName { layer.newConnectionChannel() }
    func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message { try await layer.receive(channel) }
    func flush() async throws(ChannelLayerError) { try await layer.flush() }
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

    func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) {
        try await layer.groupSend(message, to: group, excluding: excluded)
    }

    func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        guard channel.isGeneral else {
            try await layer.send(message, to: channel)
            return
        }
        do {
            try await worker(message, layer)
        } catch {
            throw ChannelLayerError(code: .unavailable, message: "\(error)")
        }
    }

    func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await layer.groupCount(group)
    }

    func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        try await layer.groupMembers(group)
    }
}
