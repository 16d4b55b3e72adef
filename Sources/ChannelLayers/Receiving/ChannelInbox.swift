import CoreMetrics
package import Messages
import Synchronization

/// Lets tasks wait for messages of this process' channels.
///
/// A message is handed to a task that waits, under the lock under which a task gives up, so that none is lost in between;
/// one that reaches a task which was cancelled meanwhile is put back.
package final class ChannelInbox: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Message, ChannelLayerError>, Never>

    private struct State {
        var channels: ReceivedChannels<Waiter>
        var nextID: UInt64 = 0
        var isClosed = false
    }

    private let capacities: ChannelCapacities
    private let state: Mutex<State>

    package init(capacities: ChannelCapacities, expiry: Duration) {
        self.capacities = capacities
        state = Mutex(State(channels: ReceivedChannels(expiry: expiry)))
    }

    // MARK: - Groups

    package func join(_ channel: ChannelName, to group: GroupName) {
        state.withLock { $0.channels.join(channel, to: group) }
    }

    package func leave(_ channel: ChannelName, from group: GroupName) {
        state.withLock { $0.channels.leave(channel, from: group) }
    }

    // MARK: - Messages

    /// Gives a message to channels.
    package func deliver(_ message: Message, channels: [ChannelName]) {
        deliver(message) { _ in channels }
    }

    /// Gives a message to those channels here that are in a group, but the excluded one.
    package func deliver(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        deliver(message) { channels in channels.members(of: group).filter { $0 != excluded } }
    }

    /// In one step, so that a channel that has left gets nothing any more.
    private func deliver(
        _ message: Message,
        to targets: (borrowing ReceivedChannels<Waiter>) -> some Sequence<ChannelName>
    ) {
        let arrivals = state.withLock { state in
            let now = ContinuousClock.now
            return targets(state.channels).map { channel in
                let capacity = capacities.capacity(of: channel)
                return state.channels.arrive(message, for: channel, capacity: capacity, now: now)
            }
        }
        for arrival in arrivals { settle(arrival, of: message) }
    }

    /// Gives a message to a channel that refuses what it has no room for, instead of dropping its oldest message.
    ///
    /// - Throws: `.channelFull`, also when messages wait on too many channels.
    package func offer(_ message: Message, to channel: ChannelName) throws(ChannelLayerError) {
        let capacity = capacities.capacity(of: channel)
        let arrival: ReceivedChannels<Waiter>.Arrival? = state.withLock { state in
            let now = ContinuousClock.now
            guard !state.channels.isFull(channel, capacity: capacity, now: now) else { return nil }
            return state.channels.arrive(message, for: channel, capacity: capacity, now: now)
        }
        switch arrival {
        case nil:
            throw ChannelLayerError(
                code: .channelFull,
                message: """
                    \(capacity) messages wait on \(channel) already: its receiver is too slow or gone; send again \
                    later, or raise the capacity
                    """
            )
        case .refused(let expired):
            ReceiveMetrics.expired.increment(by: expired)
            throw ChannelLayerError(
                code: .channelFull,
                message: """
                    messages wait on too many channels for \(channel) to be one more: receive from the others first
                    """
            )
        case .some(let arrival):
            settle(arrival, of: message)
        }
    }

    private func settle(_ arrival: ReceivedChannels<Waiter>.Arrival, of message: Message) {
        switch arrival {
        case .handOver(let waiter):
            waiter.resume(returning: .success(message))
        case .kept(let expired, let overflowed):
            ReceiveMetrics.expired.increment(by: expired)
            ReceiveMetrics.overflowed.increment(by: overflowed)
        case .refused(let expired):
            ReceiveMetrics.expired.increment(by: expired)
            ReceiveMetrics.overflowed.increment()
        }
    }

    /// Takes a channel's next message, waiting until there is one.
    ///
    /// - Throws: `.cancelled` when the task is cancelled, `.closed` when nothing is left and nothing comes any more.
    package func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                wait(waiter, id, for: channel)
                // A cancellation before this point came too early to find the waiter.
                if Task.isCancelled { cancel(id, channel) }
            }
        } onCancel: {
            cancel(id, channel)
        }
        let message = try result.get()
        guard !Task.isCancelled else {
            if let waiter = state.withLock({ $0.channels.putBack(message, on: channel, now: .now) }) {
                waiter.resume(returning: .success(message))
            }
            throw ChannelLayerError(cancelledWaitFor: channel)
        }
        return message
    }

    private func wait(_ waiter: Waiter, _ id: UInt64, for channel: ChannelName) {
        let (answer, expired) = state.withLock { state -> (Result<Message, ChannelLayerError>?, Int) in
            let (message, expired) = state.channels.take(channel, id, waiter, now: .now)
            if let message { return (.success(message), expired) }
            guard state.isClosed else { return (nil, expired) }
            _ = state.channels.cancel(channel, id)
            return (.failure(.shuttingDown), expired)
        }
        ReceiveMetrics.expired.increment(by: expired)
        if let answer { waiter.resume(returning: answer) }
    }

    private func cancel(_ id: UInt64, _ channel: ChannelName) {
        guard let waiter = state.withLock({ $0.channels.cancel(channel, id) }) else { return }
        waiter.resume(returning: .failure(ChannelLayerError(cancelledWaitFor: channel)))
    }

    // MARK: - Ends

    /// Forgets every message.
    package func flush() {
        state.withLock { $0.channels.removeMessages() }
    }

    /// Ends every wait, present and future, with `.closed`.
    package func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.channels.removeWaiters()
        }
        for waiter in waiters { waiter.resume(returning: .failure(.shuttingDown)) }
    }
}
