import ChannelLayers
import CoreMetrics
import Logging
import Redis

/// Publishes, every now and then, what has to come back through the relay of one host.
///
/// It takes the way of a message to a channel of this process: published by one connection, heard by the other.
struct RelayProbe: Sendable {
    let host: Int
    let subscriber: RedisSubscriber
    let context: LayerContext

    /// Works until the task is cancelled.
    func run() async {
        await context.probing[host].run {
            await visit()
            return .now + context.configuration.probeInterval
        }
    }

    private func visit() async {
        // Without a connection, or before the first subscription, there is nothing to be heard; both wake this loop.
        guard subscriber.status == .ready, context.state.withLock({ $0.hosts[host].hearsChannels }) else { return }
        let visit = context.state.withLock { $0.hosts[host].hearing.visit(at: .now) }
        if visit.newlyOverdue > 0 {
            LayerMetrics.probesLost.increment(by: visit.newlyOverdue)
            context.warn(
                .probeLost,
                key: channel,
                "not within \(context.configuration.probeInterval)"
            )
        }
        switch visit.step {
        case .send(let serial):
            await publish(serial)
        case .reconnect(let silence):
            let text = "Redis takes what is published, but nothing has come back for \(silence.components.seconds) s"
            subscriber.reconnect(because: RedisError(.timeout, text))
        }
    }

    private func publish(_ serial: UInt64) async {
        let command = RedisCommand("PUBLISH", RedisArgument(channel), RedisArgument(String(serial)))
        let result = await context.hosts.result(of: command, on: host)
        context.state.withLock { state in
            switch result {
            case .success(let reply):
                state.hosts[host].deniedProbe = reply.errorText
                if reply.errorText == nil {
                    state.hosts[host].hearing.taken(serial)
                } else {
                    state.hosts[host].hearing.failed(serial)
                }
            case .failure:
                // The connection for commands tells why, to readiness too.
                state.hosts[host].hearing.failed(serial)
            }
        }
    }

    private var channel: String { context.hosts.keys.probe(of: context.name) }
}
