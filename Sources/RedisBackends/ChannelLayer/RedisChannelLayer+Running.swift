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

    /// What goes on beside the writing: the relay's subscriptions, the search for stale members, the mailbox' readers,
    /// the leases.
    private func addBackground(to tasks: inout DiscardingTaskGroup) {
        for host in subscribers.indices {
            let relay = RelaySubscriptions(
                host: host,
                subscriber: subscribers[host],
                channelPattern: context.hosts.keys.channelPattern(front: front),
                context: context
            )
            let probe = RelayProbe(host: host, subscriber: subscribers[host], context: context)
            tasks.addTask { await relay.run() }
            tasks.addTask { await probe.run() }
            let catchUp = CatchUp(host: host, inbound: inbound, context: context)
            tasks.addTask { await catchUp.run() }
        }
        for host in context.hosts.clients.indices {
            let stale = StaleMembers(host: host, context: context)
            tasks.addTask { await stale.run() }
        }
        for (host, client) in mailboxes.enumerated() {
            let reader = mailboxReader(host, client)
            tasks.addTask { await self.blocking.run(client) }
            tasks.addTask { await reader.run() }
        }
        for host in context.hosts.clients.indices {
            let (lapsed, continuation) = AsyncStream.makeStream(
                of: LapsedFronts.self,
                bufferingPolicy: .bufferingNewest(1)
            )
            let (client, relay, mailbox) = (context.hosts.clients[host], subscribers[host], mailboxes[host])
            let heartbeat = Heartbeat(host: host, context: context, lapsed: continuation) { [queues] reason in
                queues.connectAnew(to: host, because: reason)
                client.reconnect(because: reason)
                relay.reconnect(because: reason)
                mailbox.reconnect(because: reason)
            }
            let reaper = Reaper(host: host, sender: sender, context: context)
            tasks.addTask { await heartbeat.run() }
            tasks.addTask { await reaper.run(lapsed) }
        }
    }

    /// Writes membership to every host until a shutdown has left all groups.
    private func writeUntilLeft() async {
        await withDiscardingTaskGroup { writers in
            for host in context.hosts.clients.indices {
                let announcer = CountAnnouncer(host: host, sender: sender, context: context)
                let writer = MembershipWriter(host: host, announcer: announcer, context: context)
                writers.addTask { await writer.run() }
                let calls = PeopleCalls(host: host, sender: sender, context: context)
                let people = PeopleWriter(host: host, calls: calls, context: context)
                writers.addTask { await people.run() }
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

    /// Makes every host agree with this process anew; `readiness` says when that is done.
    package func reconcile() {
        for host in context.hosts.clients.indices { context.reconcile(host, because: .asked) }
    }

    /// Has a shutdown, this one or the one to come, wait for nobody who may come back: people leave at once.
    ///
    /// Without it, those who were here by this process alone are waited for as ever, for their grace period.
    public func hurry() {
        context.state.withLock { state in
            state.isHurried = true
            guard state.shutdownDeadline != nil else { return }
            let now = ContinuousClock.now
            for host in state.hosts.indices { state.hosts[host].people.leaveAll(now: now, latest: now) }
        }
        for signal in context.attending { signal.wake() }
    }

    private func beginShutdown() {
        let waiters = context.state.withLock { state in
            let (now, timeout) = (ContinuousClock.now, context.configuration.shutdownTimeout)
            state.shutdownDeadline = now + timeout
            // With time left to write it.
            let latest = state.isHurried ? now : now + timeout * 0.8
            for host in state.hosts.indices { state.hosts[host].people.leaveAll(now: now, latest: latest) }
            return state.membership.leaveAll()
        }
        for signal in context.writing + context.attending { signal.wake() }
        inbox.close()
        queues.close()
        for waiter in waiters { waiter(.failure(.shuttingDown)) }
    }
}
