import Consumers
import Synchronization

/// Lets a consumer's handler reach the session that runs it.
final class SessionBox: Sendable {
    private let session = Mutex<(any ConsumerSession)?>(nil)

    func hold(_ session: (any ConsumerSession)?) {
        self.session.withLock { $0 = session }
    }

    func deliver(_ event: ConsumerEvent) {
        let session = session.withLock { $0 }
        _ = session?.deliver(event)
    }
}
