import ChannelLayers
import Consumers
import CoreMetrics
import Logging
import Messages
import NIOCore

/// What a front keeps on one event loop: its connections, who is in which group, and one timer for all of them.
///
/// Confined to its event loop.
final class FrontLoop {
    let eventLoop: any EventLoop
    let configuration: FrontConfiguration
    let router: ConsumerRouter
    let layer: any ChannelLayer
    let logger: Logger
    let executor: LoopTaskExecutor
    private var groups = GroupTable<WebSocketConnectionHandler>()
    private var connections: [ChannelName: WebSocketConnectionHandler] = [:]
    private var wheel: KeepAliveWheel<WebSocketConnectionHandler>
    private var awaitingRequest: DeadlineQueue<WeakReference<WebSocketUpgradeHandler>>
    private var awaitingClose: DeadlineQueue<any ClosingPeer>
    private var isShuttingDown = false
    private var emptied: EventLoopPromise<Void>?

    init(
        eventLoop: any EventLoop,
        configuration: FrontConfiguration,
        router: ConsumerRouter,
        layer: any ChannelLayer,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.router = router
        self.layer = layer
        self.logger = logger
        executor = LoopTaskExecutor(eventLoop)
        wheel = KeepAliveWheel(seconds: Int(configuration.pingInterval.components.seconds))
        awaitingRequest = DeadlineQueue(duration: TimeAmount(configuration.handshakeTimeout))
        awaitingClose = DeadlineQueue(duration: TimeAmount(configuration.closeTimeout))
    }

    // MARK: - Connections

    /// Takes a new connection in; returns its slot in the keep-alive wheel.
    func add(_ connection: WebSocketConnectionHandler) -> Int {
        connections[connection.name] = connection
        FrontMetrics.opened.increment()
        FrontMetrics.connections.increment()
        return wheel.insert(connection)
    }

    /// Lets a connection go, which has left its groups.
    func remove(_ connection: WebSocketConnectionHandler, slot: Int) {
        guard connections.removeValue(forKey: connection.name) != nil else { return }
        FrontMetrics.connections.decrement()
        wheel.remove(connection, slot: slot)
        guard connections.isEmpty else { return }
        emptied?.succeed()
        emptied = nil
    }

    /// Succeeds when there are no connections.
    func whenEmpty() -> EventLoopFuture<Void> {
        guard !connections.isEmpty else { return eventLoop.makeSucceededVoidFuture() }
        let promise = emptied ?? eventLoop.makePromise()
        emptied = promise
        return promise.futureResult
    }

    func join(_ connection: WebSocketConnectionHandler, group: GroupName) {
        groups.insert(connection, kind: connection.kind, into: group)
    }

    func leave(_ connection: WebSocketConnectionHandler, group: GroupName) {
        groups.remove(connection, kind: connection.kind, from: group)
    }

    // MARK: - Messages

    /// Gives a group message to this loop's members.
    func deliver(_ delivery: GroupDelivery, to group: GroupName) {
        for section in groups.sections(of: group) {
            // The sections are a copy: a member that goes while this walks them does not disturb the walk.
            switch delivery.outcome(for: section.kind) {
            case .write(let frame):
                for member in section.members.members { member.write(frame) }
                FrontMetrics.framesSent.increment(by: section.members.members.count)
            case .personal:
                for member in section.members.members { member.receive(delivery.message) }
            case .close(let code):
                for member in section.members.members { member.close(code, reason: "") }
            case .nothing:
                break
            }
        }
    }

    /// Gives a message to one connection; returns whether it is here.
    func deliver(_ message: Message, to channel: ChannelName) -> Bool {
        guard let connection = connections[channel] else { return false }
        switch GroupDelivery(message, logger: logger).outcome(for: connection.kind) {
        case .write(let frame):
            connection.write(frame)
            FrontMetrics.framesSent.increment()
        case .personal: connection.receive(message)
        case .close(let code): connection.close(code, reason: "")
        case .nothing: break
        }
        return true
    }

    // MARK: - Time

    /// The peer has to send its first request within the handshake timeout.
    func expectFirstRequest(of handler: WebSocketUpgradeHandler) {
        awaitingRequest.append(WeakReference(handler))
    }

    /// The peer has to close within the close timeout.
    func expectClose(of peer: any ClosingPeer) {
        awaitingClose.append(peer)
    }

    /// Called once a second.
    func tick() {
        for handler in awaitingRequest.popExpired() { handler.object?.handshakeTimedOut() }
        for peer in awaitingClose.popExpired() { peer.closeTimedOut() }
        for connection in wheel.turn() { connection.keepAliveTick() }
    }

    /// Closes every connection with 1012; those that come later are closed at once.
    func shutDown() {
        isShuttingDown = true
        for connection in wheel.all { connection.close(.serviceRestart, reason: "the server restarts") }
    }

    /// Whether a connection that has just been upgraded comes too late.
    var refusesConnections: Bool { isShuttingDown }
}

/// A reference that does not keep its object.
struct WeakReference<Object: AnyObject> {
    weak var object: Object?

    init(_ object: Object) {
        self.object = object
    }
}
