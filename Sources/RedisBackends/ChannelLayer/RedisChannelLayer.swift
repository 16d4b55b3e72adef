public import ChannelLayers
public import Logging
public import Messages
public import NIOCore
package import Redis
public import ServiceLifecycle

/// The channel layer that many processes share through Redis, on the wire of `channels_redis`.
///
/// Membership is in sorted sets, `asgi:group:<group>`; a group send is one `PUBLISH` on `asgi__group__<group>`, and a
/// message in the mailbox of each Django process with the core layer that has members. What Django's core layer sends
/// here arrives in this process' own mailbox. Joins and leaves that fall together go out in one `ZADD` and one `ZREM`
/// per group.
///
/// With several Redis hosts, groups and mailboxes are spread over them as Channels does it.
///
/// Run `services` in one service group, in their order, before whatever uses the layer: on shutdown they end in the
/// opposite order, and the layer leaves all groups while its connections still work.
public final class RedisChannelLayer: ChannelLayer {
    /// How long to leave Redis alone with what it has refused.
    static let refusalPause = Duration.seconds(1)

    let context: LayerContext
    let sender: MessageSender
    let subscribers: [RedisSubscriber]
    /// Per host: waits for what comes into this process' mailbox.
    let mailboxes: [RedisClient]
    let blocking: BlockingClients
    let inbound: Inbound
    let inbox: ChannelInbox
    let queues: WorkQueues
    /// What this process' channels' names begin with.
    let front: String

    /// Makes a layer; nothing is connected before `services` run.
    ///
    /// - Parameters:
    ///   - urls: Where Redis is: `redis://user:password@host:port/db`, `rediss://…` or `unix:///path`. Of several hosts
    ///     every process names the same ones in the same order.
    ///   - caFile: For `rediss://`, a file with the certificates to trust instead of the system's.
    ///   - configuration: Prefix, serializer, capacities, expiry and time limits.
    ///   - eventLoopGroup: Where the connections to Redis live.
    ///   - logger: Says little at level info.
    /// - Throws: An error that says what is wrong with an address.
    public convenience init(
        urls: [String],
        caFile: String? = nil,
        configuration: RedisChannelLayerConfiguration = RedisChannelLayerConfiguration(),
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) throws {
        guard !urls.isEmpty else { throw RedisError(.badAddress, "no Redis host is given; name at least one") }
        var clientConfiguration = RedisClientConfiguration()
        clientConfiguration.caFile = caFile
        clientConfiguration.fit(configuration)
        self.init(
            addresses: try urls.map { try RedisAddress($0) },
            client: clientConfiguration,
            configuration: configuration,
            eventLoopGroup: eventLoopGroup,
            logger: logger
        )
    }

    package init(
        addresses: [RedisAddress],
        client clientConfiguration: RedisClientConfiguration = RedisClientConfiguration(),
        configuration: RedisChannelLayerConfiguration = RedisChannelLayerConfiguration(),
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        let hosts = RedisHosts(
            clients: addresses.map {
                RedisClient(
                    address: $0,
                    configuration: clientConfiguration,
                    eventLoop: eventLoopGroup.next(),
                    logger: logger
                )
            },
            keys: RedisKeys(prefix: configuration.prefix)
        )
        let name = FrontName.random()
        let context = LayerContext(name: name, hosts: hosts, configuration: configuration, logger: logger)
        let front = name.channelPrefix
        let inbox = ChannelInbox(capacities: configuration.capacities, expiry: configuration.expiry)
        let inbound = Inbound(front: front, inbox: inbox, context: context)
        let blocking = BlockingClients(
            addresses: addresses,
            configuration: clientConfiguration,
            eventLoopGroup: eventLoopGroup,
            logger: logger
        )
        self.front = front
        self.context = context
        self.inbox = inbox
        self.inbound = inbound
        self.blocking = blocking
        mailboxes = blocking.make()
        sender = MessageSender(hosts: hosts, configuration: configuration, logger: logger)
        subscribers = addresses.enumerated().map { host, address in
            RedisSubscriber(
                address: address,
                configuration: clientConfiguration,
                eventLoop: eventLoopGroup.next(),
                logger: logger,
                onPublication: { inbound.receive($0, from: host) },
                onInterruption: { inbound.relay($0, on: host) }
            )
        }
        queues = WorkQueues { channel in
            WorkQueue(
                channel: channel,
                key: hosts.keys.mailbox(of: channel),
                sources: zip(blocking.make(), hosts.clients).map { .init(blocking: $0, commands: $1) },
                expiry: configuration.expiry,
                logger: logger,
                decode: { inbound.message(in: $0, of: channel) }
            )
        }
    }

    /// What has to run for the layer to work, in the order in which a service group starts them.
    public var services: [any Service] { context.hosts.clients + subscribers + [self] }

    // MARK: - Names

    /// Makes the name of a channel to receive from.
    public func newChannel() -> ChannelName {
        ChannelName(front: front, received: nextSerial())
    }

    /// Makes the name of a connection's channel.
    public func newConnectionChannel() -> ChannelName {
        ChannelName(front: front, serial: nextSerial())
    }

    private func nextSerial() -> UInt64 {
        context.state.withLock { state in
            defer { state.nextSerial += 1 }
            return state.nextSerial
        }
    }

    // MARK: - Groups

    /// Puts a channel of this process into a group.
    public func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        enum Answer {
            case now(Result<Void, ChannelLayerError>)
            case later
        }
        let selection = context.hosts.selection
        let placement = selection.placement(of: group)
        let isReceived = channel.isReceived(by: front)
        let answer: Answer = context.state.withLock { [inbox, context] state in
            guard state.shutdownDeadline == nil else { return .now(.failure(.shuttingDown)) }
            // Both in one step, or who joins and leaves at once might be counted and hear nothing.
            if isReceived { inbox.join(channel, to: group) }
            let now = WallClock.now
            let isKnown = state.membership[placement].join(channel, to: group, now: now, waiter: whenDone)
            if state.hosts[selection.people(in: group)].people.join(channel, to: group, as: person, now: .now) {
                context.attending[selection.people(in: group)].wake()
            }
            return isKnown ? .now(.success(())) : .later
        }
        switch answer {
        case .now(let result):
            whenDone(result)
        case .later:
            context.subscribing[placement.relay].wake()
            context.writing[placement.members].wake()
        }
    }

    /// Takes a channel of this process out of groups.
    public func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) {
        let selection = context.hosts.selection
        let isReceived = channel.isReceived(by: front)
        let waiters = context.state.withLock { [inbox] state in
            if isReceived {
                for group in groups { inbox.leave(channel, from: group) }
            }
            for group in groups {
                state.hosts[selection.people(in: group)].people.leave(channel, from: group, now: .now)
            }
            return groups.flatMap { state.membership[selection.placement(of: $0)].leave(channel, from: $0) }
        }
        for host in Set(groups.map(selection.members)) { context.writing[host].wake() }
        for host in Set(groups.map(selection.people)) { context.attending[host].wake() }
        let error = ChannelLayerError(code: .closed, message: "\(channel) left before its join was acknowledged")
        for waiter in waiters { waiter(.failure(error)) }
    }

    /// Counts a group's members.
    public func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await GroupQueries(hosts: context.hosts).count(of: group)
    }

    /// Counts the people in a group.
    public func peopleCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await GroupQueries(hosts: context.hosts).people(in: group)
    }

    /// Lists people in a group.
    public func groupPeople(_ group: GroupName, limit: Int) async throws(ChannelLayerError) -> [UserName] {
        try await GroupQueries(hosts: context.hosts).listPeople(in: group, limit: limit)
    }

    /// Lists a group's members.
    public func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        try await GroupQueries(hosts: context.hosts).members(of: group)
    }

    /// Tells a group its own count, soon.
    public func announceCount(of group: GroupName, as message: CountMessage) {
        let placement = context.hosts.selection.placement(of: group)
        let host = placement.members
        let isReachable = context.hosts.clients[host].status == .ready
        context.state.withLock { state in
            // While Redis is away, groups that it does not know from here are nothing to announce, nor to remember.
            guard isReachable || state.membership[placement].isKnown(group) else { return }
            state.hosts[host].announcements.request(group, as: message, now: .now)
        }
        context.writing[host].wake()
    }

    // MARK: - Messages

    /// Sends a message to every member of a group, Django's included.
    public func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) {
        try await sender.send(message, to: group, excluding: excluded)
    }

    /// Sends a message to every member of a group and records it, if the group keeps a history.
    @discardableResult
    public func groupRecord(
        _ message: Message,
        to group: GroupName
    ) async throws(ChannelLayerError) -> MessageID? {
        try await sender.record(message, to: group).id
    }

    /// Reads a group's history.
    public func history(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int
    ) async throws(ChannelLayerError) -> HistoryPage {
        let page = try await HistoryReader(context: context).page(of: group, from: start, limit: limit)
        if page.isLast { context.noteRead(group, upTo: page.end) }
        return page
    }

    /// Tells where a group's history ends.
    public func historyEnd(of group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        try await HistoryReader(context: context).end(of: group)
    }

    /// Sends a message to the connections of this process that are in a group.
    public func localGroupSend(_ message: Message, to group: GroupName) {
        inbound.attached?.receive(message, group: group, excluding: nil)
    }

    /// Sends a message to one channel, of whatever kind of process.
    public func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        try await sender.send(message, to: channel)
    }

    /// Takes the next message of a channel.
    ///
    /// Each general channel that is received from holds one connection per Redis host until the layer ends.
    public func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message {
        if channel.isGeneral { return try await queues.receive(channel) }
        guard channel.isReceived(by: front) else { throw ChannelLayerError(cannotReceiveFrom: channel) }
        return try await inbox.receive(channel)
    }

    /// Deletes every message that waits, every history and every membership but this process' own.
    public func flush() async throws(ChannelLayerError) {
        inbox.flush()
        for host in context.hosts.clients.indices {
            // Also when it ends half-way: what is gone by then is to be written again.
            defer { context.reconcile(host, because: .asked) }
            try await Flush(hosts: context.hosts).run(on: host)
        }
    }

    /// Names who takes the messages for this process.
    public func attach(_ receiver: any ChannelLayerReceiver) {
        inbound.attach(receiver)
    }
}
