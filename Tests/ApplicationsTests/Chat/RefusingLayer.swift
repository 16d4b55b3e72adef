import ChannelLayers
import Messages
import MusterTesting
import Synchronization

/// A layer to whose groups nothing can be said.
final class RefusingLayer: ForwardingChannelLayer {
    let base: any ChannelLayer
    private let code: ChannelLayerError.Code

    init(_ base: any ChannelLayer, with code: ChannelLayerError.Code) {
        self.base = base
        self.code = code
    }

    func groupRecord(_ message: Message, to group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        throw ChannelLayerError(code: code, message: "as the test says")
    }
}

extension HistoryLimit {
    /// What a chat's room keeps.
    static let recent = HistoryLimit(count: 50, age: .seconds(86_400))
}

/// A layer that cannot count people the first few times it is asked.
final class SlowToReturnLayer: ForwardingChannelLayer {
    let base: any ChannelLayer = InMemoryChannelLayer()
    private let failures = Mutex(0)

    func fail(_ times: Int) {
        failures.withLock { $0 = times }
    }

    func peopleCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        let fails = failures.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
        if fails { throw ChannelLayerError(code: .unavailable, message: "as the test says") }
        return try await base.peopleCount(group)
    }
}
