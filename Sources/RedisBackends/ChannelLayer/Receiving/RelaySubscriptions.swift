import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Keeps the relay's subscriptions on one host, and tells the membership when the relay comes and goes.
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

    /// One visit of the subscribing loop: lets go of the groups that have lost their last member here, and subscribes to
    /// those that have got their first.
    private func subscribeWanted() async -> ContinuousClock.Instant? {
        let (released, wanted) = context.state.withLock { state in
            let (released, wanted) = state.membership.takeSubscriptions(relay: host)
            for group in released {
                state.hosts[selection.members(of: group)].announcements.forget(group)
                state.hosts[host].deniedGroups[group] = nil
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

    private func watch() async {
        var wasReady = false
        for await status in subscriber.statusUpdates() {
            switch status {
            case .ready:
                context.state.withLock { state in
                    state.membership.relayRestored(on: host)
                    // What the others announced meanwhile was not heard here.
                    for index in state.hosts.indices {
                        state.hosts[index].announcements.requestAll(now: .now) { selection.relay(of: $0) == host }
                    }
                }
                // Ready twice in a row: it was lost so shortly that this was all there was to see.
                if wasReady { LayerMetrics.relayGaps.increment() }
                wasReady = true
                for signal in context.writing { signal.wake() }
            case .connecting, .unavailable, .closed:
                context.state.withLock { $0.membership.relayLost(on: host) }
                guard wasReady else { continue }
                wasReady = false
                LayerMetrics.relayGaps.increment()
                logger.warning(
                    "relay lost: messages sent until it is back do not arrive",
                    metadata: ["host": "\(host + 1)", "status": "\(status)"]
                )
            }
        }
    }
}
