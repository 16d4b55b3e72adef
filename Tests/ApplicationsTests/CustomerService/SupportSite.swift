import ChannelLayers
import Consumers
import Logging
import Messages
import MusterTesting
import Synchronization

@testable import Applications

/// Customer service on a front of its own, in memory.
struct SupportSite: Sendable {
    static let tooLong = String(repeating: "x", count: 81)

    let layer = FailingLayer(
        InMemoryChannelLayer(
            histories: HistoryLimits([("support.talk.*", HistoryLimit(count: 500, age: .seconds(3600)))])
        ),
        error: nil
    )
    let desk: InMemoryDesk
    let media = NotedMedia()
    let front: SupportFront

    init(_ limits: DeskLimits = DeskLimits()) {
        desk = InMemoryDesk(limits)
        front = SupportFront(desk: desk, media: media, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func communicator(_ path: String, query: String) -> ConsumerCommunicator {
        let scope = Scope(path: path, query: query)
        return path == "/support/"
            ? ConsumerCommunicator(layer: layer, scope: scope) { [front] in try SupportCustomer($0, front: front) }
            : ConsumerCommunicator(layer: layer, scope: scope) { [front] in try SupportStaff($0, front: front) }
    }

    func customer(_ name: String) async throws -> SupportClient {
        try await connect("/support/", name)
    }

    func staff(_ name: String) async throws -> SupportClient {
        try await connect("/support/staff/", name)
    }

    private func connect(_ path: String, _ name: String) async throws -> SupportClient {
        let client = SupportClient(communicator(path, query: "name=\(name)"))
        try await client.client.connect(timeout: .seconds(30))
        return client
    }

    /// Ann in a talk with Mia.
    func talk() async throws -> (ann: SupportClient, mia: SupportClient) {
        let ann = try await customer("ann")
        let mia = try await staff("mia")
        try await mia.send(["type": "take"])
        _ = try await mia.next("talk")
        _ = try await ann.next("talk")
        return (ann, mia)
    }
}

/// One connection to customer service.
struct SupportClient: Sendable {
    let client: ConsumerCommunicator

    init(_ client: ConsumerCommunicator) {
        self.client = client
    }

    func send(_ frame: MessageMap) async throws {
        try await client.send(try JSON.encode(.map(frame)))
    }

    /// The next frame of this type; others before it are passed over.
    func next(_ type: MessageValue, timeout: Duration = .seconds(30)) async throws -> MessageMap {
        while true {
            let text = try await client.nextText(timeout: timeout)
            if let frame = try JSON.decode(text).mapValue, frame["type"] == type { return frame }
        }
    }

    /// The frames before the next of this type, which is passed over too.
    func passed(until type: MessageValue) async throws -> [MessageMap] {
        var passed: [MessageMap] = []
        while true {
            let text = try await client.nextText(timeout: .seconds(30))
            guard let frame = try JSON.decode(text).mapValue else { continue }
            if frame["type"] == type { return passed }
            passed.append(frame)
        }
    }

    /// The next frame of this type with this field; others before it are passed over.
    func next(
        _ type: MessageValue,
        where field: String,
        is value: MessageValue,
        timeout: Duration = .seconds(30)
    ) async throws -> MessageMap? {
        while true {
            let frame = try await next(type, timeout: timeout)
            if frame[field] == value { return frame }
        }
    }
}

/// Counts what is sent to the groups of all fronts.
final class CountingLayer: ForwardingChannelLayer {
    let base: any ChannelLayer
    private let count = Mutex(0)

    init(_ base: any ChannelLayer) { self.base = base }

    var sent: Int { count.withLock { $0 } }

    func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) {
        count.withLock { $0 += 1 }
        try await base.groupSend(message, to: group, excluding: excluded)
    }
}
