import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Renews this process' lease on one host, at each heartbeat and at once over each new connection, and finds the fronts
/// whose leases have lapsed: one pipeline of two scripts, whatever the number of connections.
///
/// What a renewal says decides whether Redis has to be made to agree with this process again. Because the lease is
/// taken back first and members are written after that, with new joining times, nobody who clears up after this process
/// removes any of them.
struct Heartbeat: Sendable {
    /// The most lapsed fronts that are looked at after one heartbeat.
    private static let lapsedLimit = 32

    private let host: Int
    private let context: LayerContext
    private let lapsed: AsyncStream<LapsedFronts>.Continuation
    private let connectAnew: @Sendable (RedisError) -> Void
    private let signal = WakeSignal()

    /// Makes it.
    ///
    /// - Parameters:
    ///   - host: Where the lease is.
    ///   - context: Whose lease it is.
    ///   - lapsed: Told which fronts to clear up after.
    ///   - connectAnew: Makes all connections to the host anew.
    init(
        host: Int,
        context: LayerContext,
        lapsed: AsyncStream<LapsedFronts>.Continuation,
        connectAnew: @escaping @Sendable (RedisError) -> Void
    ) {
        self.host = host
        self.context = context
        self.lapsed = lapsed
        self.connectAnew = connectAnew
    }

    private var client: RedisClient { context.hosts.clients[host] }
    private var keys: RedisKeys { context.hosts.keys }

    /// Works until the task is cancelled; then gives the lease back, if a shutdown has taken everything else away.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await watch() }
            await signal.run { await beat() }
            tasks.cancelAll()
        }
        lapsed.finish()
        if context.state.withLock({ $0.hosts[host].isLeft }) { await release() }
    }

    private func watch() async {
        for await status in client.statusUpdates() {
            context.state.withLock { $0.hosts[host].lease.connectionChanged() }
            if status == .ready { signal.wake() }
        }
    }

    /// One visit; returns when the next one is due.
    private func beat() async -> ContinuousClock.Instant? {
        let next = ContinuousClock.now + context.configuration.heartbeat
        guard client.status == .ready else { return next }
        let attempt = context.state.withLock { $0.hosts[host].lease.attempt(now: .now) }
        do {
            let replies = try await context.hosts.evaluate([renewal, listing], on: host)
            note(replies[0], attempt)
            if let text = replies[1].errorText {
                context.warn(.listingFrontsRefused, key: keys.fronts, text)
            } else {
                let fronts = LapsedFronts(replies[1])
                let mayReap = context.state.withLock { $0.hosts[host].lease.mayReap(now: .now) }
                if !fronts.isEmpty, mayReap { lapsed.yield(fronts) }
            }
        } catch {
            LayerMetrics.heartbeatFailures.increment()
            context.logger.debug("lease not renewed, trying again", metadata: ["error": "\(error)"])
        }
        return next
    }

    private func note(_ reply: RedisReply, _ attempt: LeaseState.Attempt) {
        guard
            let parts = reply.elements, parts.count == 2,
            let finding = parts[0].string.flatMap(LeaseState.Finding.init(rawValue:))
        else {
            let refusal = reply.errorText ?? "an unexpected reply; is another version of Muster running?"
            LayerMetrics.heartbeatFailures.increment()
            let isDemoted = context.state.withLock { $0.hosts[host].lease.refused(refusal, attempt: attempt) }
            context.writing[host].wake()
            if isDemoted {
                context.warn(.demoted, key: keys.front(context.name), refusal)
                connectAnew(RedisError(.connectionLost, "Redis takes no writes any more, connecting anew: \(refusal)"))
                return
            }
            context.warn(.leaseRefused, key: keys.front(context.name), refusal)
            return
        }
        let (reason, wasHeldUp) = context.state.withLock { state in
            let wasHeldUp = !state.hosts[host].lease.mayWrite(now: .now)
            let reason = state.hosts[host].lease.renewed(finding, isAsked: parts[1].int == 1, attempt: attempt)
            return (reason, wasHeldUp)
        }
        guard let reason else {
            // The answer took so long that the writers have begun to wait for it.
            if wasHeldUp {
                for signals in [context.writing, context.attending, context.reconciling] { signals[host].wake() }
            }
            return
        }
        if let loss = reason.loss {
            LayerMetrics.leaseLost(loss.label).increment()
            context.warn(.leaseLost, ["host": "\(host + 1)", "front": "\(context.name)", "reason": "\(loss.text)"])
        }
        context.reconcile(host, because: reason)
    }

    // MARK: - Commands

    private var renewal: ScriptCall {
        let details = context.configuration.details()
        return ScriptCall(
            LuaScripts.renewLease,
            keys: [RedisArgument(keys.front(context.name))],
            arguments: [
                RedisArgument(context.configuration.lease.inSeconds), RedisArgument(details.address),
                RedisArgument(details.connections), RedisArgument(details.version),
            ]
        )
    }

    private var listing: ScriptCall {
        ScriptCall(
            LuaScripts.listLapsed,
            keys: [RedisArgument(keys.fronts)],
            arguments: [
                RedisArgument(context.configuration.lease.inSeconds), RedisArgument(context.name.rawValue),
                RedisArgument(Self.lapsedLimit),
                // Those at the beginning may stay for long: someone who could be helped may be behind them.
                RedisArgument(Int.random(in: 0..<1_000_000_000)),
            ]
        )
    }

    /// Gives the lease back: nobody needs to clear up after this process.
    private func release() async {
        guard client.status == .ready else { return }
        do {
            // In this order: what is left by half of it, a reaper finds.
            _ = try await context.hosts.send(
                [
                    RedisCommand("UNLINK", RedisArgument(keys.mailbox(front: context.name.channelPrefix))),
                    RedisCommand("UNLINK", RedisArgument(keys.groups(of: context.name))),
                    RedisCommand("UNLINK", RedisArgument(keys.front(context.name))),
                    RedisCommand("ZREM", RedisArgument(keys.fronts), RedisArgument(context.name.rawValue)),
                ],
                to: host
            )
        } catch {
            context.logger.debug("lease not given back; it lapses", metadata: ["error": "\(error)"])
        }
    }
}

extension Duration {
    /// As scripts take it.
    var inSeconds: Double { self / .seconds(1) }
}

extension ReconcileReason {
    /// How the lease was lost, as a metric's label and in words; `nil` if it was not.
    fileprivate var loss: (label: String, text: String)? {
        switch self {
        case .leaseLapsed: ("lapsed", "no heartbeat reached Redis in time")
        case .reaped: ("reaped", "another front has removed this one's members")
        case .emptied: ("emptied", "Redis does not know this front, it was emptied")
        case .connected, .asked: nil
        }
    }
}
