import ChannelLayers
import Consumers
import Messages

/// What one front knows of the systems' counts: read once a second while one of its clients looks.
public struct CountsReading: Sendable {
    let latest: LatestCounts
    let ticker: Ticker

    /// Makes the reading of one front; nothing is read before somebody looks.
    public init() {
        let latest = LatestCounts()
        self.latest = latest
        ticker = Ticker("counts") { layer, _ in await latest.read(on: layer) }
    }
}

/// The counts as they were last read.
///
/// An actor, so that a client that comes just as the counts change hears of them in the order in which they were read.
actor LatestCounts {
    /// So long counts are told to a newcomer as they are: a second, and some time to read.
    private static let freshness = Duration.seconds(2)

    private var counts: Message?
    private var readAt: ContinuousClock.Instant?
    private var reading: Task<Void, Never>?

    private var isFresh: Bool {
        readAt.map { $0.duration(to: .now) < Self.freshness } ?? false
    }

    /// Reads the counts, and tells those who look if one has changed; all who ask meanwhile share the reading.
    func read(on layer: any ChannelLayer) async {
        let current = reading ?? Task { await readNow(on: layer) }
        reading = current
        await current.value
    }

    /// Tells one client, which is among those who look.
    func tell(_ connection: Connection) async throws {
        let before = counts
        if !isFresh { await read(on: connection.layer) }
        // If they have changed since, it was told with the others.
        guard isFresh, let counts, counts == before else { return }
        connection.send(try LiveCounts.frame(counts))
    }

    private func readNow(on layer: any ChannelLayer) async {
        defer { reading = nil }
        var fields: MessageMap = [:]
        do {
            for group in LiveCounts.counted {
                fields[group.rawValue] = .string(String(try await layer.groupCount(group)))
            }
        } catch {
            // The layer's server is away, of which the layer itself tells. Who looks goes on seeing what they saw.
            return
        }
        readAt = .now
        let read = Message(type: LiveCounts.type, fields)
        guard read != counts else { return }
        counts = read
        layer.localGroupSend(read, to: LiveCounts.group)
    }
}
