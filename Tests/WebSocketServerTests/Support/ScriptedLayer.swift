import ChannelLayers
import Messages
import MusterTesting

/// A layer in memory that says of its readiness what a test wants, and passes what is sent to general channels to the
/// test.
final class ScriptedLayer: ForwardingChannelLayer {
    typealias Worker = @Sendable (Message, InMemoryChannelLayer) async throws -> Void

    private let layer = InMemoryChannelLayer()
    var base: any ChannelLayer { layer }
    private let worker: Worker
    let readiness: Readiness

    init(readiness: Readiness = .ready, worker: @escaping Worker = { _, _ in }) {
        self.readiness = readiness
        self.worker = worker
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
}
