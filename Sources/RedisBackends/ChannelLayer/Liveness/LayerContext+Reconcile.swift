import ChannelLayers
import Logging
import Redis

extension LayerContext {
    /// Wants one host to agree with this process: all that is wanted is written again, what is not is removed, and
    /// the counts are told anew.
    func reconcile(_ host: Int, because reason: ReconcileReason) {
        state.withLock { state in
            state.hosts[host].reconciliation.doubt()
            state.membership.markAllChanged(members: host, rejoinedAt: reason.isRejoining ? WallClock.now : nil)
            state.hosts[host].people.doubt()
            state.hosts[host].announcements.requestAll(now: .now)
        }
        reason.count()
        logger.debug("reconciling with Redis", metadata: ["host": "\(host + 1)", "reason": "\(reason)"])
        writing[host].wake()
        attending[host].wake()
        reconciling[host].wake()
    }

    /// Whether one host may be written to now: it is connected, and this process' lease on it is known to be held.
    func mayWrite(to host: Int) -> Bool {
        hosts.clients[host].status == .ready && state.withLock { $0.hosts[host].lease.mayWrite(now: .now) }
    }
}
