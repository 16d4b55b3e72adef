public import ChannelLayers
public import Consumers
import Messages
import Synchronization

/// Talks to one consumer as a WebSocket client would, with no server and no socket.
///
/// The consumer runs in a session like a front's: its events come in order, one at a time, and what it throws closes the
/// connection with 1011. Communicators on one layer see each other's group sends, rendered by `Consumer.render`; make
/// them before the layer runs, unless it is an `InMemoryChannelLayer`. All calls are safe from any thread.
///
/// A person who has left is told to have left after the layer's grace period: make the layer with a short one, as in
/// `InMemoryChannelLayer(leaveGrace: .milliseconds(50))`, and let it run.
///
/// ```swift
/// let layer = InMemoryChannelLayer()
/// let client = ConsumerCommunicator(layer: layer, scope: Scope(path: "/chat/")) { scope in Room(scope) }
/// try await client.connect()
/// try await client.send("hello")
/// #expect(try await client.nextText() == "hello")
/// try await client.disconnect()
/// ```
///
/// Like a real connection it stays open until `disconnect`, even when nobody holds it.
public final class ConsumerCommunicator: Sendable {
    /// The connection's address in the channel layer.
    public let channel: ChannelName
    let kind: ConsumerKind
    private let scope: Scope
    let layer: any ChannelLayer & AnyObject
    private let hub: CommunicatorHub
    let state: Watched<CommunicatorState>
    /// Held while the hub and the layer are told, so that they hear of joins, leaves and the end in the order in which
    /// these took effect, whatever threads they come from.
    private let membership = Mutex<Set<GroupName>>([])
    let playbacks = CommunicatorPlaybacks()

    /// Makes a communicator for one connection.
    ///
    /// - Parameters:
    ///   - layer: The channel layer. The first communicator on it attaches to it as its receiver.
    ///   - scope: What the consumer gets to know of the opening request.
    ///   - make: Makes the consumer, as a route does.
    public init<C: Consumer>(
        layer: any ChannelLayer & AnyObject,
        scope: Scope = Scope(path: "/"),
        _ make: @escaping @Sendable (Scope) throws -> C
    ) {
        let state = Watched(CommunicatorState())
        self.layer = layer
        self.scope = scope
        self.state = state
        channel = layer.newConnectionChannel()
        hub = CommunicatorHub.hub(of: layer)
        kind = ConsumerKind { scope in
            ObservedConsumer(Result { try make(scope) }) { error in
                state.update { $0.handled(error) }
            }
        }
    }

    // MARK: - What the client does

    /// Opens the connection and waits until the consumer's `connected` has returned.
    ///
    /// A consumer that closed the connection in there shows in `closeCode`.
    ///
    /// - Parameter timeout: How long at most.
    /// - Throws: `.consumerFailed` with what `connected` threw, `.timeout`, or `.alreadyConnected`.
    public func connect(timeout: Duration = .seconds(5)) async throws(CommunicatorError) {
        let transport = CommunicatorTransport(self)
        let connection = Connection(channel: channel, scope: scope, layer: layer, transport: transport)
        let session = kind.session(connection)
        let isFirst = state.update { state in
            guard case .new = state.phase else { return false }
            state.phase = .open(session)
            return true
        }
        guard isFirst else { throw .alreadyConnected }
        hub.add(self)
        deliver(.connected)
        let failure = try await wait(for: "return of the consumer's connected", timeout: timeout) { state in
            state.handled > 0 ? .some(state.failure) : nil
        }
        if let failure { throw .consumerFailed(failure) }
    }

    /// Sends a text message.
    ///
    /// Waits while 64 events wait for the consumer: then a front does not read from the client.
    ///
    /// - Parameters:
    ///   - text: The message.
    ///   - timeout: How long to wait at most.
    /// - Throws: `.closed` when the connection has ended, `.timeout`, or `.notConnected`.
    public func send(_ text: String, timeout: Duration = .seconds(5)) async throws(CommunicatorError) {
        try await waitForRoom(timeout)
        deliver(.text(text))
    }

    /// Sends a binary message.
    ///
    /// Waits while 64 events wait for the consumer: then a front does not read from the client.
    ///
    /// - Parameters:
    ///   - bytes: The message.
    ///   - timeout: How long to wait at most.
    /// - Throws: `.closed` when the connection has ended, `.timeout`, or `.notConnected`.
    public func send(_ bytes: [UInt8], timeout: Duration = .seconds(5)) async throws(CommunicatorError) {
        try await waitForRoom(timeout)
        deliver(.binary(bytes))
    }

    /// Tells the consumer that messages to groups may have been missed, as a front does that had lost its server.
    ///
    /// A layer in memory never misses any. Groups that the connection is not in are left out; if it is in none of them,
    /// nothing happens.
    ///
    /// - Parameter groups: The groups concerned.
    public func missMessages(in groups: [GroupName]) {
        tellGap(in: groups)
    }

    /// Ends the connection from the client's side and waits until the consumer's `disconnected` has returned.
    ///
    /// If it has ended before, this does nothing but wait.
    ///
    /// - Parameters:
    ///   - code: The code that the client gives; `.noStatus` and `.abnormal` stand for none and for a lost connection.
    ///   - timeout: How long to wait at most.
    /// - Throws: `.timeout`.
    public func disconnect(
        _ code: CloseCode = .normal,
        timeout: Duration = .seconds(5)
    ) async throws(CommunicatorError) {
        end(code)
        try await settle(timeout: timeout)
    }

    /// Waits until the consumer is done with every event so far.
    ///
    /// - Parameter timeout: How long at most.
    /// - Throws: `.timeout`.
    public func settle(timeout: Duration = .seconds(5)) async throws(CommunicatorError) {
        let target = state.read(\.delivered)
        try await wait(for: "end of the consumer's work", timeout: timeout) { $0.handled >= target ? () : nil }
    }

    /// The groups that the connection is in, or on its way into.
    public var groups: Set<GroupName> { membership.withLock { $0 } }

    // MARK: - What the consumer does

    func take(_ frame: OutboundFrame) {
        let isOverflowing = state.update { state in
            guard state.session != nil else { return false }
            guard state.frames.count < CommunicatorState.frameLimit else { return true }
            state.frames.append(frame)
            return false
        }
        if isOverflowing { end(.tryAgainLater) }
    }

    /// Answers a ping at once, as every browser does.
    func answerPing(_ mark: UInt64) {
        deliver(.answered(mark))
    }

    func join(
        _ group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        let isOpen = membership.withLock { groups in
            guard state.read({ $0.session != nil }) else { return false }
            if groups.insert(group).inserted { hub.join(self, group: group) }
            layer.groupAdd(channel, to: group, as: person, whenDone: whenDone)
            return true
        }
        guard !isOpen else { return }
        whenDone(.failure(ChannelLayerError(code: .closed, message: "the connection ended before it joined \(group)")))
    }

    func leave(_ group: GroupName) {
        playbacks.end([group], with: "the connection left \(group)")
        membership.withLock { groups in
            guard groups.remove(group) != nil else { return }
            hub.leave(self, group: group)
            layer.groupDiscard(channel, from: [group])
        }
    }

    /// The connection counts no more: it leaves its groups, then the consumer hears of it.
    func end(_ code: CloseCode) {
        let ended = state.update { state -> (any ConsumerSession)? in
            guard let session = state.session else { return nil }
            state.phase = .closed(code)
            state.delivered += 1
            return session
        }
        guard let ended else { return }
        let left = membership.withLock { groups in
            for group in groups { hub.leave(self, group: group) }
            if !groups.isEmpty { layer.groupDiscard(channel, from: Array(groups)) }
            defer { groups = [] }
            return groups
        }
        hub.remove(self)
        playbacks.end(left, with: "the connection ended before its history was sent")
        _ = ended.deliver(.disconnected(code))
    }

    // MARK: - What the layer brings

    /// A message of one of its groups.
    func receive(_ message: Message, group: GroupName, _ rendering: Result<Rendering, any Error>) {
        // Ids may have begun anew.
        if message.type == Message.historyGap.type { playbacks.forgetEnds(in: [group]) }
        if playbacks.heard(message.id, in: group) == .deliver { receive(message, rendering) }
    }

    func receive(_ message: Message, _ rendering: Result<Rendering, any Error>) {
        switch rendering {
        case .success(.frame(let frame)): take(frame)
        case .success(.personal): deliver(.message(message))
        case .success(.close(let code)): end(code)
        case .success(.nothing): break
        case .success(.unknown):
            state.update { $0.hint = "the consumer does not know messages of type '\(message.type)'" }
        case .failure(let error):
            state.update { $0.hint = "render threw for type '\(message.type)': \(error)" }
        }
    }

    func tellGap(in groups: [GroupName]) {
        let mine = membership.withLock { mine in groups.filter(mine.contains) }
        playbacks.forgetEnds(in: mine)
        if !mine.isEmpty { deliver(.gap(mine)) }
    }

    // MARK: - Events and waits

    private func deliver(_ event: ConsumerEvent) {
        let session = state.update { state in
            if state.session != nil, !state.hasThrown { state.delivered += 1 }
            return state.session
        }
        guard let session, session.deliver(event) == .overflowing else { return }
        state.update { $0.delivered -= 1 }
        end(.tryAgainLater)
    }

    private func waitForRoom(_ timeout: Duration) async throws(CommunicatorError) {
        let obstacle = try await wait(for: "room for an event", timeout: timeout) { state -> CommunicatorError?? in
            if let obstacle = state.obstacle { return .some(obstacle) }
            return state.delivered - state.handled < CommunicatorState.eventLimit ? .some(nil) : nil
        }
        if let obstacle { throw obstacle }
    }

    @discardableResult
    func wait<Found: Sendable>(
        for awaited: String,
        timeout: Duration,
        _ take: @escaping @Sendable (inout CommunicatorState) -> Found?
    ) async throws(CommunicatorError) -> Found {
        guard let found = await state.wait(timeout: timeout, for: take) else {
            throw .timeout(waitingFor: awaited, after: timeout, hint: state.read(\.hint))
        }
        return found
    }
}
