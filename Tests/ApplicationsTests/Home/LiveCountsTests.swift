import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Synchronization
import Testing

@testable import Applications

struct LiveCountsTests {
    private let layer = InMemoryChannelLayer()
    private let reading = CountsReading()

    private func connect(_ layer: (any ChannelLayer & AnyObject)? = nil) async throws -> ConsumerCommunicator {
        let scope = Scope(path: "/ws/counts/")
        let client = ConsumerCommunicator(layer: layer ?? self.layer, scope: scope) { [reading] _ in
            LiveCounts(reading: reading)
        }
        try await client.connect()
        return client
    }

    private static func frame(users: Int, chat: Int = 0) -> String {
        #"{"type": "counts", "users": "\#(users)", "chat": "\#(chat)", "direct": "0", "support": "0", "clock": "0", "#
            + #""notifications": "0", "echo": "0"}"#
    }

    @Test("Whoever looks hears the counts once, then each change")
    func changes() async throws {
        let first = try await connect()
        #expect(try await first.nextText() == Self.frame(users: 0))
        let member = layer.newChannel()
        try await layer.groupAdd(member, to: "users")
        #expect(try await first.nextText() == Self.frame(users: 1))
        let second = try await connect()
        #expect(try await second.nextText() == Self.frame(users: 1))
        try await layer.groupAdd(member, to: "chat")
        for client in [first, second] { #expect(try await client.nextText() == Self.frame(users: 1, chat: 1)) }
        for client in [first, second] { #expect(await client.receivesNothing(for: .milliseconds(10))) }
        for client in [first, second] { try await client.disconnect() }
    }

    @Test("While the counts cannot be read nothing is said, and afterwards it goes on")
    func serverAway() async throws {
        let layer = CountedLayer()
        let client = try await connect(layer)
        _ = try await client.nextText()
        layer.isAway.withLock { $0 = true }
        try await layer.base.groupAdd(layer.base.newChannel(), to: "users")
        #expect(await client.receivesNothing(for: .milliseconds(1200)))
        layer.isAway.withLock { $0 = false }
        #expect(try await client.nextText() == Self.frame(users: 1))
        #expect(client.closeCode == nil)
        try await client.disconnect()
    }

    @Test("Many who come at once share one reading")
    func storm() async throws {
        let layer = CountedLayer()
        let clients = try await withThrowingTaskGroup(of: ConsumerCommunicator.self) { tasks in
            for _ in 0..<100 { tasks.addTask { try await connect(layer) } }
            var clients: [ConsumerCommunicator] = []
            for try await client in tasks { clients.append(client) }
            return clients
        }
        for client in clients { #expect(try await client.nextText() == Self.frame(users: 0)) }
        // One reading is of seven groups; a second may have begun meanwhile, on a slow machine some more.
        #expect(layer.readings.withLock { $0 } <= 70)
        for client in clients { try await client.disconnect() }
    }
}

/// Says how often it was asked for a count, and can be away for that.
private final class CountedLayer: ForwardingChannelLayer {
    let base: any ChannelLayer = InMemoryChannelLayer()
    let isAway = Mutex(false)
    let readings = Mutex(0)

    func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        readings.withLock { $0 += 1 }
        if isAway.withLock({ $0 }) { throw ChannelLayerError(code: .unavailable, message: "away, for a test") }
        return try await base.groupCount(group)
    }
}
