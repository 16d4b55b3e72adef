import ChannelLayers
import Redis
import Synchronization

/// What a Redis channel layer knows, behind one lock, so that a change and the wish to announce it are seen together.
final class LayerState: Sendable {
    /// Who waits for a join.
    typealias Waiter = @Sendable (Result<Void, ChannelLayerError>) -> Void

    /// What is known of one host.
    struct Host {
        /// The counts of groups whose members are on it.
        var announcements: CountAnnouncements
        /// When what it refused is tried again; `nil` if nothing was.
        var retryRefusedAt: ContinuousClock.Instant?
        /// Why it takes no writes at all; `nil` while it does.
        var refusedWrite: String?
        /// Groups whose relay it does not allow this process to subscribe to, and why.
        var deniedGroups: [GroupName: String] = [:]
        /// Whether what is sent to single channels of this process is subscribed to.
        var hearsChannels = false
        /// Why it does not allow that; `nil` while it does.
        var deniedChannels: String?
        /// Why it does not let this process read its mailbox; `nil` while it does.
        var deniedMailbox: String?

        /// The connections to it.
        struct Connections {
            let commands: RedisConnectionStatus
            let relay: RedisConnectionStatus
            let mailbox: RedisConnectionStatus
        }

        /// Why it cannot be relied on now; `nil` if it can.
        func fault(_ connections: Connections) -> String? {
            if connections.commands != .ready { return "Redis: \(connections.commands)" }
            if connections.relay != .ready { return "relay: \(connections.relay)" }
            if connections.mailbox != .ready { return "mailbox: \(connections.mailbox)" }
            if let refusedWrite { return "Redis refuses writes: \(refusedWrite)" }
            if let denied = deniedGroups.values.first ?? deniedChannels { return "Redis denies the relay: \(denied)" }
            if !hearsChannels { return "relay: not subscribed yet" }
            return deniedMailbox.map { "Redis denies the mailbox: \($0)" }
        }
    }

    /// All of it.
    struct Values {
        var membership: PlacedMembership<Waiter>
        var hosts: [Host]
        var nextSerial: UInt64 = 1
        var shutdownDeadline: ContinuousClock.Instant?
    }

    private let values: Mutex<Values>

    init(hosts count: Int, countWindow: Duration) {
        let host = Host(announcements: CountAnnouncements(window: countWindow))
        values = Mutex(
            Values(membership: PlacedMembership(hosts: count), hosts: Array(repeating: host, count: count))
        )
    }

    func withLock<Result>(_ body: (inout sending Values) -> sending Result) -> sending Result {
        values.withLock(body)
    }
}
