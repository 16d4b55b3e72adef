import ChannelLayers
import Consumers
import NIOCore

/// A consumer's way to its connection from any thread.
struct LoopTransport: ConnectionTransport {
    private let connection: NIOLoopBound<WebSocketConnectionHandler>
    private let eventLoop: any EventLoop

    /// Called on the connection's event loop.
    init(_ connection: WebSocketConnectionHandler, eventLoop: any EventLoop) {
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    func send(_ frame: OutboundFrame) {
        onLoop { $0.send(frame) }
    }

    func ping(_ mark: UInt64) {
        onLoop { $0.ping(mark) }
    }

    func close(_ code: CloseCode, reason: String) {
        onLoop { $0.close(code, reason: reason) }
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        onLoop { $0.join(group, as: person, whenDone: whenDone) }
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        from start: HistoryStart,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        onLoop { $0.join(group, as: person, from: start, whenDone: whenDone) }
    }

    func leave(_ group: GroupName) {
        onLoop { $0.leave(group) }
    }

    private func onLoop(_ work: @escaping @Sendable (WebSocketConnectionHandler) -> Void) {
        if eventLoop.inEventLoop {
            work(connection.value)
        } else {
            eventLoop.execute { work(connection.value) }
        }
    }
}
