import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// What the relay of a host itself tells: that it is heard, that it was not, and who may have missed something.
extension Inbound {
    /// Takes a probe that has come back.
    func hear(probe payload: [UInt8], from host: Int) {
        // Anybody may publish here; what is not a probe of ours that is waited for is nothing.
        guard let serial = UInt64(String(decoding: payload, as: UTF8.self)) else { return }
        let (heard, groups) = context.state.withLock { state -> (RelayHearing.Heard?, [GroupName]) in
            let heard = state.hosts[host].hearing.heard(serial, at: .now)
            guard heard?.missed != nil else {
                if heard != nil { state.hosts[host].following.proven() }
                return (heard, [])
            }
            return (heard, state.hosts[host].following.missed(state.membership.heardGroups(relay: host)))
        }
        guard let heard else { return }
        if heard.missed != nil { context.catchingUp[host].wake() }
        LayerMetrics.probeRoundTrip.recordNanoseconds(heard.roundTrip.nanoseconds)
        if let missed = heard.missed { tellGap(in: groups, missed, on: host) }
    }

    /// Takes the beginning, the loss, or the return of a host's relay; in order with what it brings.
    func relay(_ interruption: RedisInterruption, on host: Int) {
        switch interruption {
        case .begun:
            context.state.withLock { $0.membership.relayRestored(on: host) }
        case .lost:
            context.state.withLock { state in
                state.hosts[host].hearing.lost(at: .now)
                state.membership.relayLost(on: host)
                state.hosts[host].following.lost()
            }
        case .restored:
            let (missed, groups) = context.state.withLock { state in
                let missed = state.hosts[host].hearing.restored(at: .now)
                state.membership.relayRestored(on: host)
                return (missed, state.hosts[host].following.restored(state.membership.heardGroups(relay: host)))
            }
            context.catchingUp[host].wake()
            tellGap(in: groups, missed, on: host)
        }
    }

    private func tellGap(in groups: [GroupName], _ missed: Duration, on host: Int) {
        LayerMetrics.relayGaps.increment()
        context.warn(
            .relayGap,
            ["host": "\(host + 1)", "groups": "\(groups.count)", "at_most": "\(missed.nanoseconds / 1_000_000) ms"]
        )
        guard !groups.isEmpty else { return }
        attached?.gap(in: groups)
    }
}

extension Duration {
    /// In whole nanoseconds; what matters here is far from the bounds.
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
