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
    let histories: HistoryReads
    private let count: ConnectionCount
    private var suspended = SuspendedSessions()
    private var groups = GroupTable<WebSocketConnectionHandler>()
    private var connections: [ChannelName: WebSocketConnectionHandler] = [:]
    private var wheel: KeepAliveWheel<WebSocketConnectionHandler>
    private var awaitingRequest: DeadlineQueue<WeakReference<WebSocketUpgradeHandler>>
    private var awaitingClose: DeadlineQueue<any ClosingPeer>
    private var awaitingProgress: DeadlineQueue<WeakReference<WebSocketUpgradeHandler>>
    private var leaving: DrainSchedule<WebSocketConnectionHandler>?
    private var emptied: EventLoopPromise<Void>?

    init(
        eventLoop: any EventLoop,
        configuration: FrontConfiguration,
        router: ConsumerRouter,
        layer: any ChannelLayer,
        count: ConnectionCount,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.router = router
        self.layer = layer
        self.count = count
        self.logger = logger
        executor = LoopTaskExecutor(eventLoop)
        histories = HistoryReads(layer: layer, eventLoop: eventLoop, logger: logger)
        wheel = KeepAliveWheel(seconds: Int(configuration.pingInterval.components.seconds))
        awaitingRequest = DeadlineQueue(duration: TimeAmount(configuration.handshakeTimeout))
        awaitingClose = DeadlineQueue(duration: TimeAmount(configuration.closeTimeout))
        awaitingProgress = DeadlineQueue(duration: TimeAmount(configuration.httpIdleTimeout))
    }

    // MARK: - Connections

    /// Takes a new connection in; returns its slot in the keep-alive wheel.
    func add(_ connection: WebSocketConnectionHandler) -> Int {
        connections[connection.name] = connection
        FrontMetrics.opened.increment()
        FrontMetrics.connections.increment()
        count.increment()
        return wheel.insert(connection)
    }

    /// Lets a connection go, which has left its groups.
    func remove(_ connection: WebSocketConnectionHandler, slot: Int) {
        guard connections.removeValue(forKey: connection.name) != nil else { return }
        FrontMetrics.connections.decrement()
        count.decrement()
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

    /// A connection joins a group and is played its history.
    func play(_ connection: WebSocketConnectionHandler, group: GroupName) {
        groups.play(connection, kind: connection.kind, in: group)
    }

    /// A connection has been sent a page of a group's history; returns what comes next, `nil` if it does not read it.
    func read(
        _ page: HistoryPage,
        by connection: WebSocketConnectionHandler,
        in group: GroupName
    ) -> Playback.Next? {
        groups.read(page, by: connection, kind: connection.kind, in: group)
    }

    func leave(_ connection: WebSocketConnectionHandler, group: GroupName) {
        groups.remove(connection, kind: connection.kind, from: group)
    }

    // MARK: - Messages

    /// Gives a group message to this loop's members, but not to the excluded one.
    func deliver(_ delivery: GroupDelivery, to group: GroupName, excluding excluded: ChannelName?) {
        // Looked up once: where nobody is excluded, and on the loops that it is not on, the walk compares nothing.
        let excluded = excluded.flatMap { connections[$0] }
        // Ids may have begun anew.
        if delivery.message.type == Message.historyGap.type { groups.forgetEnds(in: group) }
        // The sections are a copy: a member that goes while this walks them does not disturb the walk.
        for section in groups.sections(of: group) {
            give(delivery, to: section.members.members, except: excluded, section.kind)
            guard !section.playing.isEmpty else { continue }
            let hearers = groups.hear(delivery.message.id, kind: section.kind, in: group)
            give(delivery, to: hearers, except: excluded, section.kind)
        }
    }

    /// Gives a message to those of the channels that are here; returns how many those are.
    func deliver(_ delivery: GroupDelivery, to channels: [ChannelName]) -> Int {
        var sections: [(kind: ConsumerKind, members: ContiguousArray<WebSocketConnectionHandler>)] = []
        var count = 0
        for channel in channels {
            guard let connection = connections[channel] else { continue }
            count += 1
            // As in a group, there are one or two consumer types.
            if let index = sections.firstIndex(where: { $0.kind.id == connection.kind.id }) {
                sections[index].members.append(connection)
            } else {
                sections.append((connection.kind, [connection]))
            }
        }
        for (kind, members) in sections { give(delivery, to: members, except: nil, kind) }
        return count
    }

    /// Gives connections of one kind what a message is to them.
    private func give(
        _ delivery: GroupDelivery,
        to everyone: ContiguousArray<WebSocketConnectionHandler>,
        except excluded: WebSocketConnectionHandler?,
        _ kind: ConsumerKind
    ) {
        let members = excluded.map { excluded in everyone.filter { $0 !== excluded } } ?? everyone
        switch delivery.outcome(for: kind) {
        case .write(let frame):
            for member in members { member.write(frame) }
            FrontMetrics.framesSent.increment(by: members.count)
        case .personal:
            for member in members { member.receive(delivery.message) }
        case .close(let code):
            for member in members { member.close(code, reason: "") }
        case .nothing:
            break
        }
    }

    /// Tells the connections that are in one of the groups that they may have missed messages.
    func tellGap(in groups: Set<GroupName>) {
        for group in groups { self.groups.forgetEnds(in: group) }
        // A copy: a consumer that closes its connection does not disturb the walk.
        for connection in Array(connections.values) { connection.tellGap(in: groups) }
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

    /// The peer has to take some of its response within the idle timeout.
    func expectProgress(of handler: WebSocketUpgradeHandler) {
        awaitingProgress.append(WeakReference(handler))
    }

    /// How long a consumer may take for one event; it is looked at on this loop.
    private(set) lazy var timeLimit: ConsumerTimeLimit = {
        let loop = NIOLoopBound(WeakReference(self), eventLoop: eventLoop)
        return ConsumerTimeLimit(duration: configuration.consumerTimeout) { [eventLoop] session, instant in
            // Weak also on its way: the sessions of connections that have ended are not kept.
            if eventLoop.inEventLoop {
                loop.value.object?.suspended.append(session, at: instant)
            } else {
                eventLoop.execute { loop.value.object?.suspended.append(session, at: instant) }
            }
        }
    }()

    /// Called once a second.
    func tick() {
        for handler in awaitingRequest.popExpired() { handler.object?.handshakeTimedOut() }
        for peer in awaitingClose.popExpired() { peer.closeTimedOut() }
        for handler in awaitingProgress.popExpired() { handler.object?.lookForProgress() }
        let now = ContinuousClock.now
        for session in suspended.popDue(now: now) {
            if let next = session.look(now: now) { suspended.append(session, at: next) }
        }
        for connection in wheel.turn() { connection.keepAliveTick() }
    }

    /// Closes every connection with 1012, evenly over some time; those that come later are closed at once.
    ///
    /// Another call takes the place of an earlier one.
    func drain(over time: TimeAmount) {
        leaving = DrainSchedule(wheel.all, over: time, from: .now())
        closeDue()
    }

    /// One timer for all connections of the loop.
    private func closeDue() {
        let due = leaving?.popDue(now: .now()) ?? []
        for connection in due { connection.close(.serviceRestart, reason: "the server restarts") }
        guard let next = leaving?.next(after: .now()) else { return }
        eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.closeDue() }
    }

    /// Whether a connection that has just been upgraded comes too late.
    var refusesConnections: Bool { leaving != nil }
}

/// A reference that does not keep its object.
struct WeakReference<Object: AnyObject> {
    weak var object: Object?

    init(_ object: Object) {
        self.object = object
    }
}
