public import Applications
public import ChannelLayers
import Redis

/// The desk of customer service in Redis, which all fronts share.
///
/// Its keys share a hash tag and are on one host, so that each operation is one script. How many wait is
/// `ZCARD asgi:{support}:waiting`, how many talk `HLEN asgi:{support}:talks`, how many staff members are there
/// `ZCARD asgi:{support}:staff`.
public final class RedisDesk: SupportDesk {
    private let hosts: RedisHosts
    private let keys: RedisKeys
    private let limits: DeskLimits
    private let host: Int

    /// Makes the desk on the connections of a channel layer.
    ///
    /// - Parameters:
    ///   - layer: The layer; the desk works while it runs.
    ///   - limits: How large the desk is, and how long it waits for those who are gone; the same in all processes.
    public convenience init(sharing layer: RedisChannelLayer, limits: DeskLimits = DeskLimits()) {
        self.init(sharing: layer, keys: layer.context.hosts.keys, limits: limits)
    }

    /// Makes a desk that has a prefix of its own.
    package init(sharing layer: RedisChannelLayer, keys: RedisKeys, limits: DeskLimits) {
        hosts = layer.context.hosts
        self.keys = keys
        self.limits = limits
        host = hosts.selection.people(in: SupportFront.group)
    }

    // MARK: - Customers

    /// A customer has come, or is back.
    ///
    /// - Parameter customer: The customer.
    /// - Returns: Where the customer is.
    /// - Throws: `ChannelLayerError`.
    public func enter(_ customer: UserName) async throws(ChannelLayerError) -> DeskEntry {
        let answer = try await change("enter", "\(customer)")
        let place: DeskEntry.Place
        switch (answer.word, answer.names.first) {
        case ("waiting", _): place = .waiting
        case ("talking", let staff?): place = .talking(staff)
        case ("full", _): place = .full
        default: throw answer.unexpected
        }
        return DeskEntry(place, version: answer.version, hasChanged: answer.hasChanged)
    }

    /// Renews leases.
    ///
    /// - Parameters:
    ///   - customers: The customers, and where their front last saw them.
    ///   - staff: The staff members.
    /// - Returns: Which of the customers are not at the desk any longer.
    /// - Throws: `ChannelLayerError`.
    public func renew(
        _ customers: [DeskClaim],
        staff: [UserName]
    ) async throws(ChannelLayerError) -> DeskRenewal {
        var arguments = ["renew", "\(customers.count)"]
        for claim in customers {
            arguments += [claim.customer.rawValue, claim.staff?.rawValue ?? "", claim.order.map { "\($0)" } ?? ""]
        }
        let answer = try await change(arguments + staff.map(\.rawValue))
        return DeskRenewal(ended: answer.allNames, version: answer.version, hasChanged: answer.hasChanged)
    }

    /// Takes a customer out who wants no longer.
    ///
    /// - Parameter customer: The customer.
    /// - Returns: With whom the customer has talked.
    /// - Throws: `ChannelLayerError`.
    public func leave(_ customer: UserName) async throws(ChannelLayerError) -> UserName? {
        try await change("leave", "\(customer)").allNames.first
    }

    // MARK: - Staff

    /// Takes the head of the queue.
    ///
    /// - Parameter staff: Who takes.
    /// - Returns: Whom, if anybody.
    /// - Throws: `ChannelLayerError`.
    public func takeNext(for staff: UserName) async throws(ChannelLayerError) -> DeskTaking {
        try taking(try await change("next", "\(staff)"))
    }

    /// Takes one customer.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - staff: Who takes.
    /// - Returns: Whether it is so.
    /// - Throws: `ChannelLayerError`.
    public func take(_ customer: UserName, for staff: UserName) async throws(ChannelLayerError) -> DeskTaking {
        try taking(try await change("take", "\(customer)", "\(staff)"))
    }

    private func taking(_ answer: DeskAnswer) throws(ChannelLayerError) -> DeskTaking {
        switch (answer.word, answer.names.first) {
        case ("taken", let customer?): return .taken(customer)
        case ("before", let customer?): return .hadBefore(customer)
        case ("another", let staff?): return .hasAnother(staff)
        case ("none", _): return .notWaiting
        case ("full", _): return .full
        default: throw answer.unexpected
        }
    }

    /// Hands a talk over.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - staff: Who has the talk.
    ///   - other: Who gets it.
    /// - Returns: Whether it is so.
    /// - Throws: `ChannelLayerError`.
    public func handOver(
        _ customer: UserName,
        from staff: UserName,
        to other: UserName
    ) async throws(ChannelLayerError) -> DeskHandOver {
        let answer = try await change("handover", "\(customer)", "\(staff)", "\(other)")
        switch answer.word {
        case "done": return .done
        case "not_yours": return .notYours
        case "not_there": return .notThere
        default: throw answer.unexpected
        }
    }

    /// Ends a talk.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - staff: Who has the talk.
    /// - Returns: Whether that staff member had it.
    /// - Throws: `ChannelLayerError`.
    public func end(_ customer: UserName, by staff: UserName) async throws(ChannelLayerError) -> Bool {
        try await change("end", "\(customer)", "\(staff)").word == "done"
    }

    // MARK: - The whole desk

    /// Clears up after those whose leases have lapsed.
    ///
    /// - Returns: What it did.
    /// - Throws: `ChannelLayerError`.
    public func sweep() async throws(ChannelLayerError) -> DeskSweep {
        let answer = try await change("sweep")
        guard let count = answer.word.flatMap({ Int($0) }), let talks = answer.talks(first: count) else {
            throw answer.unexpected
        }
        return DeskSweep(
            abandoned: talks.first,
            ended: talks.others,
            version: answer.version,
            hasChanged: answer.hasChanged
        )
    }

    /// Reads the whole desk.
    ///
    /// - Returns: The desk.
    /// - Throws: `ChannelLayerError`.
    public func snapshot() async throws(ChannelLayerError) -> DeskSnapshot {
        let names: [DeskKey] = [.waiting, .talks, .staff, .away, .begun, .version]
        let reply = try await evaluate(LuaScripts.readDesk, keys: names, [])
        guard let snapshot = DeskSnapshot(reply) else { throw ChannelLayerError(unreadable: "read_desk") }
        return snapshot
    }

    // MARK: - Calls

    private func change(_ arguments: String...) async throws(ChannelLayerError) -> DeskAnswer {
        try await change(arguments)
    }

    private func change(_ arguments: [String]) async throws(ChannelLayerError) -> DeskAnswer {
        let bounds = [limits.lease.microseconds, limits.away.microseconds, limits.places].map { "\($0)" }
        let reply = try await evaluate(LuaScripts.desk, keys: DeskKey.allCases, bounds + arguments)
        guard let answer = DeskAnswer(reply) else { throw ChannelLayerError(unreadable: "desk") }
        return answer
    }

    private func evaluate(
        _ script: RedisScript,
        keys names: [DeskKey],
        _ arguments: [String]
    ) async throws(ChannelLayerError) -> RedisReply {
        let replies = try await hosts.evaluate(
            script,
            [(keys: names.map { RedisArgument(keys.desk($0)) }, arguments: arguments.map { RedisArgument($0) })],
            on: host
        )
        if let refusal = replies[0].errorText {
            throw ChannelLayerError(refused: refusal, "keep customer service's desk")
        }
        return replies[0]
    }
}
