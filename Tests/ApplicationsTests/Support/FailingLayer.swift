import ChannelLayers
import Messages
import MusterTesting
import Synchronization

/// A layer whose server does not record, as long as it is told so.
final class FailingLayer: ForwardingChannelLayer {
    let base: any ChannelLayer
    private let error: Mutex<ChannelLayerError?>
    private let failed = Mutex(0)

    init(_ base: any ChannelLayer = InMemoryChannelLayer(), error: ChannelLayerError?) {
        self.base = base
        self.error = Mutex(error)
    }

    func fail(with error: ChannelLayerError?) {
        self.error.withLock { $0 = error }
    }

    /// How many messages were not recorded.
    var failures: Int { failed.withLock { $0 } }

    /// Waits for the first message that is not recorded.
    func waitForFailure() async throws {
        while failures == 0 { try await Task.sleep(for: .milliseconds(2)) }
    }

    func groupRecord(_ message: Message, to group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        if let error = error.withLock({ $0 }) {
            failed.withLock { $0 += 1 }
            throw error
        }
        return try await base.groupRecord(message, to: group)
    }

    var readiness: Readiness { error.withLock { $0 } == nil ? .ready : .notReady(reason: "for a test") }
}
