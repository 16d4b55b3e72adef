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
        /// How far it is known to hold this process' members.
        var reconciliation = Reconciliation()
        /// This process' lease on it.
        var lease: LeaseState
        /// Whether a shutdown has taken everything of this process off it: the lease can go.
        var isLeft = false
        /// The people in groups on it.
        var people: PeopleTable
        /// When those of them whom it refused are tried again; `nil` if there are none.
        var retryPeopleAt: ContinuousClock.Instant?
        /// Why it last refused people, for another reason than that something else is in their place; `nil` if it did not.
        var refusedPeople: String?
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
        /// Whether what is published on it is heard here.
        var hearing: RelayHearing
        /// How far the recorded messages of groups whose relay is on it have been handed over.
        var following = HistoryFollowing()
        /// Why it does not let this process publish its probes; `nil` while it does.
        var deniedProbe: String?
        /// Why it does not let this process read its mailbox; `nil` while it does.
        var deniedMailbox: String?

        /// The connections to it.
        struct Connections {
            let commands: RedisConnectionStatus
            let relay: RedisConnectionStatus
            let mailbox: RedisConnectionStatus
        }

        /// Why it cannot be relied on now; `nil` if it can.
        func fault(_ connections: Connections, at now: ContinuousClock.Instant = .now) -> String? {
            if connections.commands != .ready { return "Redis: \(connections.commands)" }
            if connections.relay != .ready { return "relay: \(connections.relay)" }
            if connections.mailbox != .ready { return "mailbox: \(connections.mailbox)" }
            if let refusedWrite { return "Redis refuses writes: \(refusedWrite)" }
            if let fault = lease.fault(now: now) { return fault }
            if let denied = deniedGroups.values.first ?? deniedChannels { return "Redis denies the relay: \(denied)" }
            if !hearsChannels { return "relay: not subscribed yet" }
            if let deniedProbe { return "Redis denies the relay's probes: \(deniedProbe)" }
            if let silence = hearing.overdue(at: now) {
                return "relay: a probe of \(silence.components.seconds) s ago has not come back"
            }
            if !hearing.isProven { return "relay: no probe has come back yet" }
            if let deniedMailbox { return "Redis denies the mailbox: \(deniedMailbox)" }
            if let fault = reconciliation.fault { return fault }
            guard !people.isProven else { return nil }
            return ["reconciling people with Redis", refusedPeople].compactMap { $0 }.joined(separator: ": ")
        }
    }

    /// All of it.
    struct Values {
        var membership: PlacedMembership<Waiter>
        var hosts: [Host]
        var nextSerial: UInt64 = 1
        var shutdownDeadline: ContinuousClock.Instant?
        /// Whether a shutdown is to wait for nobody who may come back.
        var isHurried = false

        /// Forgets that a group was announced once neither members nor people of it are here.
        mutating func forgetAnnouncement(of group: GroupName, _ selection: HostSelection) {
            let isMember = membership[selection.placement(of: group)].isKnown(group)
            guard !isMember, !hosts[selection.people(in: group)].people.isKnown(group) else { return }
            hosts[selection.members(of: group)].announcements.forget(group)
        }
    }

    private let values: Mutex<Values>

    init(hosts count: Int, configuration: RedisChannelLayerConfiguration) {
        let host = Host(
            announcements: CountAnnouncements(window: configuration.countWindow),
            lease: LeaseState(
                lease: configuration.lease,
                heartbeat: configuration.heartbeat,
                longestPause: RedisClientConfiguration().backoff.maximum
            ),
            people: PeopleTable(grace: configuration.leaveGrace),
            hearing: RelayHearing(limit: configuration.probeInterval)
        )
        values = Mutex(
            Values(membership: PlacedMembership(hosts: count), hosts: Array(repeating: host, count: count))
        )
    }

    func withLock<Result>(_ body: (inout sending Values) -> sending Result) -> sending Result {
        values.withLock(body)
    }
}
