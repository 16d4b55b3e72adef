import ChannelLayers
import Consumers

/// A transport to nowhere that notes what a consumer does with its connection.
struct RecordingTransport: ConnectionTransport {
    let journal: Journal

    func send(_ frame: OutboundFrame) {
        journal.note("send \(frame)")
    }

    func ping(_ mark: UInt64) {
        journal.note("ping \(mark)")
    }

    func close(_ code: CloseCode, reason: String) {
        journal.note("close \(code) \(reason)")
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        journal.note("join \(group)")
        whenDone(.failure(ChannelLayerError(code: .closed, message: "joins nothing")))
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        from start: HistoryStart,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        join(group, as: person, whenDone: whenDone)
    }

    func leave(_ group: GroupName) {
        journal.note("leave \(group)")
    }
}

extension RecordingTransport {
    /// A connection over this transport.
    var connection: Connection {
        let layer = InMemoryChannelLayer()
        let channel = layer.newConnectionChannel()
        return Connection(channel: channel, scope: Scope(path: "/test"), layer: layer, transport: self)
    }
}
