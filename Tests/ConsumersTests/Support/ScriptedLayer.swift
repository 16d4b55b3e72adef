import ChannelLayers
import Messages

@testable import MusterTesting

/// A layer in memory that keeps what is sent to general channels, or refuses it as a test says.
final class ScriptedLayer: ChannelLayer {
    typealias Refusal = @Sendable (Message) -> ChannelLayerError.Code?

    private let layer = InMemoryChannelLayer()
    private let refusal: Refusal
    private let sent = Watched<[Message]>([])

    init(refusal: @escaping Refusal = { _ in nil }) {
        self.refusal = refusal
    }

    /// What general channels were sent, once it is so many, or after ten seconds; refused messages are not among it.
    func sent(count: Int) async -> [Message] {
        _ = await sent.wait(timeout: .seconds(10)) { $0.count >= count ? () : nil }
        return sent.read { $0 }
    }

    func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        guard channel.isGeneral else {
            try await layer.send(message, to: channel)
            return
        }
        if let code = refusal(message) { throw ChannelLayerError(code: code, message: "as the test says") }
        sent.update { $0.append(message) }
    }

    var readiness: Readiness { layer.readiness }
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

    func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await layer.groupCount(group)
    }

    func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        try await layer.groupMembers(group)
    }
}
