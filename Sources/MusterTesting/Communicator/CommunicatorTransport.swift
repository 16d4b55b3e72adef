import ChannelLayers
import Consumers

/// The socket side of a communicator, as its consumer sees it.
struct CommunicatorTransport: ConnectionTransport {
    private let communicator: ConsumerCommunicator

    init(_ communicator: ConsumerCommunicator) {
        self.communicator = communicator
    }

    func send(_ frame: OutboundFrame) {
        communicator.take(frame)
    }

    func ping(_ mark: UInt64) {
        communicator.answerPing(mark)
    }

    func close(_ code: CloseCode, reason: String) {
        communicator.end(code)
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        communicator.join(group, as: person, whenDone: whenDone)
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        from start: HistoryStart,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        communicator.join(group, as: person, from: start, whenDone: whenDone)
    }

    func leave(_ group: GroupName) {
        communicator.leave(group)
    }
}
