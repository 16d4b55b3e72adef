import ChannelLayers
import CoreMetrics
import Logging
import Redis
import Synchronization

/// The loop that keeps the relay's subscriptions, and what happens when the relay comes and goes.
extension RedisChannelLayer {
    /// One visit of the subscribing loop: lets go of the groups that have lost their last member here, and subscribes to
    /// those that have got their first.
    func subscribeWanted() async -> ContinuousClock.Instant? {
        let (released, wanted) = state.withLock { state in
            let released = state.members.takeReleased()
            for group in released { state.announcements.forget(group) }
            return (released, state.members.takeUnsubscribed())
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
            state.withLock { $0.members.relayFailed(wanted) }
            logger.debug("relay not subscribed, trying again", metadata: ["error": "\(error)"])
            return .now + .milliseconds(250)
        }
    }

    private func subscribeAlone(_ group: GroupName) async {
        do {
            try await subscriber.subscribe([.channel(keys.relay(of: group))])
            confirm([group])
        } catch let error where error.replyPrefix != nil {
            let waiters = state.withLock { state in
                state.deniedRelay = error.message
                return state.members.relayDenied(group)
            }
            let refusal = ChannelLayerError(code: .refused, message: "no relay for \(group): \(error.message)")
            for waiter in waiters { waiter(.failure(refusal)) }
        } catch {
            state.withLock { $0.members.relayFailed([group]) }
            subscribing.wake()
        }
    }

    private func confirm(_ groups: [GroupName]) {
        state.withLock { state in
            state.deniedRelay = nil
            state.members.relayConfirmed(groups)
        }
        writing.wake()
    }

    /// Receives what is sent to single channels of this process; once made, the subscription renews itself.
    func subscribeToChannels() async {
        while !Task.isCancelled {
            do {
                try await subscriber.subscribe([.pattern(keys.channelPattern(front: front))])
                return
            } catch let error where error.replyPrefix != nil {
                state.withLock { $0.deniedRelay = error.message }
                await Self.pause()
            } catch {
                logger.debug("not subscribed to own channels, trying again", metadata: ["error": "\(error)"])
                await Self.pause()
            }
        }
    }

    private static func pause() async {
        do {
            try await Task.sleep(for: refusalPause)
        } catch {
            // Cancelled: the caller looks.
        }
    }

    func watchSubscriber() async {
        var wasReady = false
        for await status in subscriber.statusUpdates() {
            switch status {
            case .ready:
                state.withLock { state in
                    state.members.relayRestored()
                    // What the others announced meanwhile was not heard here.
                    state.announcements.requestAll(now: .now)
                }
                wasReady = true
                writing.wake()
            case .connecting, .unavailable, .closed:
                state.withLock { $0.members.relayLost() }
                guard wasReady else { continue }
                wasReady = false
                LayerMetrics.relayGaps.increment()
                logger.warning(
                    "relay lost: messages sent until it is back do not arrive",
                    metadata: ["status": "\(status)"]
                )
            }
        }
    }
}
