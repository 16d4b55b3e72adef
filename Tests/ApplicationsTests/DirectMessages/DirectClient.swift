import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import Applications

/// Fronts' worth of users on one layer in memory.
struct DirectRig {
    let layer: InMemoryChannelLayer
    let inboxes = SometimesAwayInboxes(InMemoryInboxes())
    let lastSeen = InMemoryLastSeen()
    let media = NotedMedia()

    init() {
        layer = InMemoryChannelLayer(
            leaveGrace: .milliseconds(50),
            histories: HistoryLimits(
                ["sent.*", "receipt.*"].map { ($0, HistoryLimit(count: 200, age: .seconds(600))) }
            )
        )
    }

    /// A client of `muster.v1`, not connected yet.
    func structured(_ user: String) -> ConsumerCommunicator {
        let (inboxes, lastSeen, media) = (inboxes, lastSeen, media)
        return ConsumerCommunicator(layer: layer, scope: Self.scope(user)) {
            try StructuredDirectMessages($0, inboxes: inboxes, lastSeen: lastSeen, media: media)
        }
    }

    /// A plain client, not connected yet.
    func plain(_ user: String) -> ConsumerCommunicator {
        let (inboxes, lastSeen, media) = (inboxes, lastSeen, media)
        return ConsumerCommunicator(layer: layer, scope: Self.scope(user)) {
            try DirectMessages($0, inboxes: inboxes, lastSeen: lastSeen, media: media)
        }
    }

    private static func scope(_ user: String) -> Scope {
        Scope(path: "/ws/\(user)/", arguments: ["user": user])
    }

    /// A connected client of `muster.v1` that has been shown everything.
    func connected(_ user: String) async throws -> ConsumerCommunicator {
        let client = structured(user)
        try await client.connect()
        _ = try await client.next("seen")
        return client
    }

    /// A connected plain client.
    func connectedPlain(_ user: String) async throws -> ConsumerCommunicator {
        let client = plain(user)
        try await client.connect()
        return client
    }

    /// How many messages of whom are in an inbox.
    func unread(_ user: String) async throws -> [String: Int] {
        let page = try await inboxes.page(of: UserName(user), after: .zero, limit: 1)
        return Dictionary(uniqueKeysWithValues: page.unread.map { ($0.key.rawValue, $0.value) })
    }
}

extension ConsumerCommunicator {
    /// The next frame as an object.
    func next() async throws -> MessageMap {
        let text = try await nextText(timeout: .seconds(30))
        guard case .map(let map) = try JSON.decode(text) else { return [:] }
        return map
    }

    /// The next frame of one of these types; others before it are passed over.
    func next(_ types: String...) async throws -> MessageMap {
        while true {
            let frame = try await next()
            if let type = frame["type"]?.stringValue, types.contains(type) { return frame }
        }
    }
}
