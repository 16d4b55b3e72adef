import ChannelLayers
import Messages

@testable import MusterTesting

/// A layer in memory that keeps what is sent to general channels, or refuses it as a test says.
final class ScriptedLayer: ForwardingChannelLayer {
    typealias Refusal = @Sendable (Message) -> ChannelLayerError.Code?

    let base: any ChannelLayer = InMemoryChannelLayer()
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
            try await base.send(message, to: channel)
            return
        }
        if let code = refusal(message) { throw ChannelLayerError(code: code, message: "as the test says") }
        sent.update { $0.append(message) }
    }
}
