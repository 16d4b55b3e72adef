public import ChannelLayers
import CoreMetrics
public import Logging
public import Messages
public import NIOCore
package import Redis
public import ServiceLifecycle
import Synchronization

/// The channel layer that many processes share through one Redis, on the wire of `channels_redis`.
///
/// Membership is in sorted sets, `asgi:group:<group>`; a group send is one `PUBLISH` on `asgi__group__<group>`. Joins
/// and leaves that fall together go out in one `ZADD` and one `ZREM` per group.
///
/// Run `services` in one service group, in their order, before whatever uses the layer: on shutdown they end in the
/// opposite order, and the layer leaves all groups while its connections still work.
public final class RedisChannelLayer: ChannelLayer {
    typealias Waiter = @Sendable (Result<Void, ChannelLayerError>) -> Void

    struct State {
        var members = MembershipTable<Waiter>()
        var announcements: CountAnnouncements
        var nextSerial: UInt64 = 1
        var shutdownDeadline: ContinuousClock.Instant?
        /// When what Redis refused is tried again; `nil` if nothing was.
        var retryRefusedAt: ContinuousClock.Instant?
        /// Why Redis takes no writes at all; `nil` while it does.
        var refusedWrite: String?
        /// Why Redis does not allow a subscription; `nil` while it does.
        var deniedRelay: String?
    }

    /// The state and its lock; the relay shares it.
    final class SharedState: Sendable {
        private let state: Mutex<State>

        init(countWindow: Duration) {
            state = Mutex(State(announcements: CountAnnouncements(window: countWindow)))
        }

        func withLock<Result>(_ body: (inout sending State) -> sending Result) -> sending Result {
            state.withLock(body)
        }
    }

    let client: RedisClient
    let subscriber: RedisSubscriber
    let keys: RedisKeys
    let configuration: RedisChannelLayerConfiguration
    let logger: Logger
    let state: SharedState
    let writing = WakeSignal()
    let subscribing = WakeSignal()
    private let relay: Relay
    let front: String
    let refusalLog = LogLimiter()

    /// Makes a layer on one Redis; nothing is connected before `services` run.
    ///
    /// - Parameters:
    ///   - url: Where Redis is: `redis://user:password@host:port/db`, `rediss://…` or `unix:///path`.
    ///   - caFile: For `rediss://`, a file with the certificates to trust instead of the system's.
    ///   - configuration: Prefix, expiry and time limits.
    ///   - eventLoopGroup: Where the connections to Redis live.
    ///   - logger: Says little at level info.
    /// - Throws: An error that says what is wrong with the address.
    public convenience init(
        url: String,
        caFile: String? = nil,
        configuration: RedisChannelLayerConfiguration = RedisChannelLayerConfiguration(),
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) throws {
        var clientConfiguration = RedisClientConfiguration()
        clientConfiguration.caFile = caFile
        self.init(
            address: try RedisAddress(url),
            client: clientConfiguration,
            configuration: configuration,
            eventLoopGroup: eventLoopGroup,
            logger: logger
        )
    }

    package init(
        address: RedisAddress,
        client clientConfiguration: RedisClientConfiguration = RedisClientConfiguration(),
        configuration: RedisChannelLayerConfiguration = RedisChannelLayerConfiguration(),
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        let keys = RedisKeys(prefix: configuration.prefix)
        let state = SharedState(countWindow: configuration.countWindow)
        let relay = Relay(keys: keys, logger: logger) { message, group in
            state.withLock { $0.announcements.heard(message, in: group, now: .now) }
        }
        self.keys = keys
        self.relay = relay
        self.configuration = configuration
        self.logger = logger
        front = "specific.\(ProcessIdentifier.random())"
        self.state = state
        client = RedisClient(
            address: address,
            configuration: clientConfiguration,
            eventLoop: eventLoopGroup.next(),
            logger: logger
        )
        subscriber = RedisSubscriber(
            address: address,
            configuration: clientConfiguration,
            eventLoop: eventLoopGroup.next(),
            logger: logger,
            onPublication: { relay.receive($0) }
        )
    }

    /// What has to run for the layer to work, in the order in which a service group starts them.
    public var services: [any Service] { [client, subscriber, self] }

    /// Makes a name from this process' identifier and a counter.
    public func newChannel() -> ChannelName {
        state.withLock { state in
            defer { state.nextSerial += 1 }
            return ChannelName(front: front, serial: state.nextSerial)
        }
    }

    /// Puts a channel of this process into a group.
    public func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        enum Answer {
            case now(Result<Void, ChannelLayerError>)
            case later
        }
        let answer: Answer = state.withLock { state in
            guard state.shutdownDeadline == nil else {
                return .now(.failure(ChannelLayerError(code: .closed, message: "the channel layer is shutting down")))
            }
            let isKnown = state.members.join(channel, to: group, now: WallClock.now, waiter: whenDone)
            return isKnown ? .now(.success(())) : .later
        }
        switch answer {
        case .now(let result):
            whenDone(result)
        case .later:
            subscribing.wake()
            writing.wake()
        }
    }

    /// Takes a channel of this process out of groups.
    public func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) {
        let waiters = state.withLock { state in
            groups.flatMap { state.members.leave(channel, from: $0) }
        }
        writing.wake()
        let error = ChannelLayerError(code: .closed, message: "\(channel) left before its join was acknowledged")
        for waiter in waiters { waiter(.failure(error)) }
    }

    /// Sends a message to every member of a group.
    public func groupSend(_ message: Message, to group: GroupName) async throws(ChannelLayerError) {
        _ = try await queries.send(message, to: group)
    }

    /// Sends a message to one channel.
    public func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        if try await queries.send(message, to: channel) == 0 { LayerMetrics.nobodyListens.increment() }
    }

    /// Counts a group's members.
    public func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await queries.count(of: group)
    }

    /// Lists a group's members.
    public func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        try await queries.members(of: group)
    }

    /// Tells a group its own count, soon.
    public func announceCount(of group: GroupName, as message: CountMessage) {
        state.withLock { state in state.announcements.request(group, as: message, now: .now) }
        writing.wake()
    }

    /// Names who takes the messages for this process.
    public func attach(_ receiver: any ChannelLayerReceiver) {
        relay.attach(receiver)
    }

    /// Whether joins are acknowledged and messages flow now.
    public var readiness: Readiness {
        let (refusedWrite, deniedRelay) = state.withLock { ($0.refusedWrite, $0.deniedRelay) }
        return switch (client.status, subscriber.status) {
        case (.ready, .ready):
            if let refusedWrite {
                .notReady(reason: "Redis refuses writes: \(refusedWrite)")
            } else if let deniedRelay {
                .notReady(reason: "Redis denies the relay: \(deniedRelay)")
            } else {
                .ready
            }
        case (.ready, let status): .notReady(reason: "relay: \(status)")
        case (let status, _): .notReady(reason: "Redis: \(status)")
        }
    }

    /// Keeps Redis in agreement with this process' members until graceful shutdown or cancellation; on shutdown leaves
    /// all groups first, within the shutdown timeout.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watchClient() }
            group.addTask { await self.watchSubscriber() }
            group.addTask { await self.subscribing.run { await self.subscribeWanted() } }
            group.addTask { await self.subscribeToChannels() }
            group.addTask { await self.renewExpiries() }
            await withGracefulShutdownHandler {
                await writing.run { await self.writeChanges() }
            } onGracefulShutdown: {
                self.beginShutdown()
            }
            // After a cancellation nobody has been told yet.
            self.beginShutdown()
            group.cancelAll()
        }
    }

    // MARK: - Helpers

    private var queries: GroupQueries { GroupQueries(client: client, keys: keys) }

    private func beginShutdown() {
        let waiters = state.withLock { state in
            state.shutdownDeadline = .now + configuration.shutdownTimeout
            return state.members.leaveAll()
        }
        writing.wake()
        let error = ChannelLayerError(code: .closed, message: "the channel layer is shutting down")
        for waiter in waiters { waiter(.failure(error)) }
    }
}

extension ChannelLayerError {
    /// What a failed Redis command means to a caller of the layer.
    init(_ error: RedisError) {
        self.init(code: error.replyPrefix != nil ? .refused : .unavailable, message: error.message)
    }
}
