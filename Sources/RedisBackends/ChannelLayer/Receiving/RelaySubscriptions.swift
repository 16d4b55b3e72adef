import ChannelLayers
import Logging
import Redis

/// Keeps the relay's subscriptions on one host, and wakes those who wait for them.
struct RelaySubscriptions: Sendable {
    let host: Int
    let subscriber: RedisSubscriber
    /// What is published to any channel of this process.
    let channelPattern: String
    let context: LayerContext

    private var keys: RedisKeys { context.hosts.keys }
    private var logger: Logger { context.logger }

    /// Works until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await watch() }
            tasks.addTask { await context.subscribing[host].run { await subscribeWanted() } }
            tasks.addTask { await subscribeToChannels() }
        }
    }

    /// One visit of the subscribing loop: lets go of the groups that have lost their last member here, and subscribes
    /// to those that have got their first.
    private func subscribeWanted() async -> ContinuousClock.Instant? {
        let (released, wanted) = context.state.withLock { state in
            let (released, wanted) = state.membership.takeSubscriptions(relay: host)
            for group in released {
                state.forgetAnnouncement(of: group, selection)
                state.hosts[host].deniedGroups[group] = nil
                state.hosts[host].following.forget(group)
            }
            return (released, wanted)
        }
        subscriber.unsubscribe(released.map { .channel(keys.relay(of: $0)) })
        guard !wanted.isEmpty else { return nil }
        do {
            try await subscriber.subscribe(wanted.map { .channel(keys.relay(of: $0)) })
            confirm(wanted)
            return nil
        } catch let error where error.replyPrefix != nil {
            // One of them is not allowed: each by itself tells which.
            for group in wanted { await subscribeAlone(group) }
            return nil
        } catch {
            context.state.withLock { state in
                for group in wanted { state.membership[selection.placement(of: group)].relayFailed([group]) }
            }
            logger.debug("relay not subscribed, trying again", metadata: ["error": "\(error)"])
            return .now + .milliseconds(250)
        }
    }

    private var selection: HostSelection { context.hosts.selection }

    private func subscribeAlone(_ group: GroupName) async {
        let placement = selection.placement(of: group)
        do {
            try await subscriber.subscribe([.channel(keys.relay(of: group))])
            confirm([group])
        } catch let error where error.replyPrefix != nil {
            let waiters = context.state.withLock { state in
                state.hosts[host].deniedGroups[group] = error.message
                return state.membership[placement].relayDenied(group)
            }
            let refusal = ChannelLayerError(code: .refused, message: "no relay for \(group): \(error.message)")
            for waiter in waiters { waiter(.failure(refusal)) }
        } catch {
            context.state.withLock { $0.membership[placement].relayFailed([group]) }
            context.subscribing[host].wake()
        }
    }

    private func confirm(_ groups: [GroupName]) {
        context.state.withLock { state in
            for group in groups {
                state.hosts[host].deniedGroups[group] = nil
                state.membership[selection.placement(of: group)].relayConfirmed([group])
            }
        }
        for host in Set(groups.map(selection.members)) { context.writing[host].wake() }
        context.attending[host].wake()
    }

    /// Receives what is sent to single channels of this process; once made, the subscription renews itself.
    private func subscribeToChannels() async {
        while !Task.isCancelled {
            do {
                try await subscriber.subscribe([.pattern(channelPattern)])
                context.state.withLock { state in
                    state.hosts[host].hearsChannels = true
                    state.hosts[host].deniedChannels = nil
                }
                context.probing[host].wake()
                return
            } catch let error where error.replyPrefix != nil {
                context.state.withLock { $0.hosts[host].deniedChannels = error.message }
                await Self.pause()
            } catch {
                logger.debug("not subscribed to own channels, trying again", metadata: ["error": "\(error)"])
                await Self.pause()
            }
        }
    }

    /// Leaves Redis alone for a while with what it has refused.
    static func pause() async {
        do {
            try await Task.sleep(for: RedisChannelLayer.refusalPause)
        } catch {
            // Cancelled: the caller looks.
        }
    }

    /// Has done what the relay's return allows.
    ///
    /// That it is back or gone, `Inbound` notes, in order with what it brings.
    private func watch() async {
        for await status in subscriber.statusUpdates() where status == .ready {
            context.state.withLock { state in
                // What the others announced meanwhile was not heard here.
                for index in state.hosts.indices {
                    state.hosts[index].announcements.requestAll(now: .now) { selection.relay(of: $0) == host }
                }
            }
            for signal in context.writing + context.attending { signal.wake() }
            context.probing[host].wake()
        }
    }
}
