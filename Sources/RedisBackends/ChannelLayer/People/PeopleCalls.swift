import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis

/// Writes and removes people in Redis, and tells their groups in the same step.
///
/// Members behind a mailbox are told after that has been answered; should the answer be lost, they are not told.
struct PeopleCalls: Sendable {
    /// A person who comes to a group or leaves it.
    struct Change: Sendable {
        let group: GroupName
        let user: String
        /// The entry of the front, see `FrontEntry`; empty for whichever it has.
        let entry: String
        /// What the group is told if this makes a difference; `nil` if nothing.
        let message: Message?
    }

    /// What became of a change.
    enum Outcome: Sendable, Equatable {
        /// Redis holds it; the person is new, or gone, by it.
        case first
        /// Redis holds it; the person was, or is still, there by another front.
        case notFirst
        case refused(String)
    }

    /// That of the people's groups, see `HostSelection.people(in:)`.
    let host: Int
    let sender: MessageSender
    let context: LayerContext

    private var hosts: RedisHosts { context.hosts }

    /// Whether a refusal says that something else is in the place of a group's people.
    static func isWrongType(_ text: String) -> Bool {
        // Not always at the beginning: older versions of Redis put a script's name before it.
        text.contains("WRONGTYPE")
    }

    /// Makes changes for one front; an outcome for each.
    func make(
        _ changes: [Change],
        of front: FrontName,
        by script: RedisScript
    ) async throws(ChannelLayerError) -> [Outcome] {
        guard !changes.isEmpty else { return [] }
        var calls: [(keys: [RedisArgument], arguments: [RedisArgument])] = []
        for change in changes { calls.append(try call(change, of: front)) }
        let outcomes = try await hosts.evaluate(script, calls, on: host).map { reply -> Outcome in
            if let text = reply.errorText { return .refused(text) }
            return reply.int == 1 ? .first : .notFirst
        }
        let made = zip(changes, outcomes).filter { $0.1 == .first }.map(\.0)
        await tellDjangoMembers(made.filter { $0.message != nil })
        announce(Set(made.map(\.group)))
        return outcomes
    }

    private func call(
        _ change: Change,
        of front: FrontName
    ) throws(ChannelLayerError) -> (keys: [RedisArgument], arguments: [RedisArgument]) {
        var payload: [UInt8] = []
        if let message = change.message {
            do {
                payload = try context.configuration.wire.encode(message, excluding: nil)
            } catch {
                throw ChannelLayerError(error)
            }
        }
        return (
            [RedisArgument(hosts.keys.people(of: change.group))],
            [
                RedisArgument(change.user), RedisArgument(FrontEntry.start(of: front)), RedisArgument(change.entry),
                RedisArgument(hosts.keys.relay(of: change.group)), RedisArgument(payload),
            ]
        )
    }

    /// Tells members behind a mailbox, in the order of the changes.
    private func tellDjangoMembers(_ changes: [Change]) async {
        LayerMetrics.presences.increment(by: changes.count)
        var members: [GroupName: Result<RedisReply, ChannelLayerError>] = [:]
        for change in changes {
            guard let message = change.message else { continue }
            let group = change.group
            do {
                let listed: Result<RedisReply, ChannelLayerError>
                if let known = members[group] {
                    listed = known
                } else {
                    let query = sender.djangoMembers.query(group)
                    listed = await hosts.result(of: query, on: hosts.selection.members(of: group))
                    members[group] = listed
                }
                _ = try await sender.djangoMembers.send(message, to: listed, of: group, excluding: nil)
            } catch {
                LayerMetrics.lostPresences.increment()
                let key = hosts.keys.members(of: group)
                context.warn(.presenceLost, key: key, error.message)
            }
        }
    }

    /// Groups whose number of people has changed are told, if they ever were.
    private func announce(_ groups: Set<GroupName>) {
        guard !groups.isEmpty else { return }
        context.state.withLock { state in
            for group in groups {
                let host = hosts.selection.members(of: group)
                state.hosts[host].announcements.requestPeopleAgain(group, now: .now)
            }
        }
        for host in Set(groups.map(hosts.selection.members)) { context.writing[host].wake() }
    }
}

/// How a front is named in the value of a person: `<front>:<stamp>`.
///
/// The stamp goes up whenever the front writes everybody anew, so that whoever clears up after it removes nothing that
/// it has written since.
enum FrontEntry {
    /// What all entries of a front begin with.
    static func start(of front: FrontName) -> String {
        "\(front):"
    }

    /// The entry of one writing.
    static func text(_ front: FrontName, stamp: Int) -> String {
        start(of: front) + String(stamp)
    }

    /// The entry of a front in a person's value; `nil` if it has none.
    static func find(_ front: FrontName, in value: String) -> String? {
        let start = start(of: front)
        return value.split(separator: " ").first { $0.hasPrefix(start) }.map(String.init)
    }
}
