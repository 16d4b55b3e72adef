public import ChannelLayers
import Redis
import ServiceLifecycle

/// What a layer does in the background, and whether it can be relied on.
extension RedisChannelLayer {
    /// Whether joins are acknowledged and messages flow now.
    public var readiness: Readiness {
        let states = context.state.withLock(\.hosts)
        for host in states.indices {
            let connections = LayerState.Host.Connections(
                commands: context.hosts.clients[host].status,
                relay: subscribers[host].status,
                mailbox: mailboxes[host].status
            )
            guard let reason = states[host].fault(connections) else { continue }
            return .notReady(reason: states.count == 1 ? reason : "host \(host + 1): \(reason)")
        }
        return .ready
    }

    /// Keeps Redis in agreement with this process' members until graceful shutdown or cancellation; on shutdown leaves
    /// all groups first, within the shutdown timeout.
    public func run() async {
        await withDiscardingTaskGroup { queued in
            // Not with the others: what a work queue has in hand at a shutdown is put back before it ends.
            queued.addTask { await self.queues.run() }
            await withDiscardingTaskGroup { background in
                addBackground(to: &background)
                await withGracefulShutdownHandler {
                    await writeUntilLeft()
                } onGracefulShutdown: {
                    self.beginShutdown()
                }
                // After a cancellation nobody has been told yet.
                self.beginShutdown()
                background.cancelAll()
            }
        }
    }

    /// What goes on beside the writing: the relay's subscriptions and the mailbox' readers.
    private func addBackground(to tasks: inout DiscardingTaskGroup) {
        for host in subscribers.indices {
            let relay = RelaySubscriptions(
                host: host,
                subscriber: subscribers[host],
                channelPattern: context.hosts.keys.channelPattern(front: front),
                context: context
            )
            tasks.addTask { await relay.run() }
        }
        for (host, client) in mailboxes.enumerated() {
            let reader = mailboxReader(host, client)
            tasks.addTask { await self.blocking.run(client) }
            tasks.addTask { await reader.run() }
        }
    }

    /// Writes membership to every host until a shutdown has left all groups.
    private func writeUntilLeft() async {
        await withDiscardingTaskGroup { writers in
            for host in context.hosts.clients.indices {
                let announcer = CountAnnouncer(host: host, sender: sender, context: context)
                let writer = MembershipWriter(host: host, announcer: announcer, context: context)
                writers.addTask { await writer.run() }
            }
        }
    }

    private func mailboxReader(_ host: Int, _ client: RedisClient) -> MailboxReader {
        MailboxReader(
            host: host,
            client: client,
            key: context.hosts.keys.mailbox(front: front),
            context: context,
            onEntry: { [inbound] in inbound.receive(entry: $0) }
        )
    }

    private func beginShutdown() {
        let waiters = context.state.withLock { state in
            state.shutdownDeadline = .now + context.configuration.shutdownTimeout
            return state.membership.leaveAll()
        }
        for signal in context.writing { signal.wake() }
        inbox.close()
        queues.close()
        for waiter in waiters { waiter(.failure(.shuttingDown)) }
    }
}
