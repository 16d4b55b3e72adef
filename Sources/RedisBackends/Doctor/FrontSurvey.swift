package import ChannelLayers
import Redis

/// Asks every host for the fronts that it knows.
package struct FrontSurvey: Sendable {
    private let hosts: RedisHosts

    package init(hosts: RedisHosts) {
        self.hosts = hosts
    }

    /// The fronts by their leases and, besides, those given here.
    ///
    /// - Parameter others: Fronts that there are traces of.
    /// - Returns: What the hosts know.
    /// - Throws: `ChannelLayerError` if a host cannot be asked.
    package func register(others: Set<FrontName> = []) async throws(ChannelLayerError) -> FrontRegister {
        var register = FrontRegister()
        for host in hosts.clients.indices {
            var listed: [FrontName: Double] = [:]
            try await SlicedReading(hosts: hosts).members(of: hosts.keys.fronts, on: host) { slice in
                for (name, until) in slice { listed[FrontName(name)] = until.double ?? 0 }
            }
            let names = Set(listed.keys).union(others).sorted { $0.rawValue < $1.rawValue }
            var records: [FrontRecord] = []
            for slice in names.slices(of: SlicedReading.slice) {
                let commands = slice.map { RedisCommand("HGETALL", RedisArgument(hosts.keys.front($0))) }
                let replies = try await hosts.answers(
                    to: commands,
                    on: host,
                    "tell about fronts",
                    wrongTypeIsEmpty: true
                )
                for (name, reply) in zip(slice, replies) {
                    let fields = Self.fields(reply)
                    guard listed[name] != nil || !fields.isEmpty else { continue }
                    records.append(FrontRecord(name, on: host, listedUntil: listed[name], fields: fields))
                }
            }
            register.add(records, at: try await hosts.clock(of: host))
        }
        return register
    }

    private static func fields(_ reply: RedisReply) -> [String: String] {
        let texts = (reply.elements ?? []).map { $0.string ?? "" }
        return Dictionary(
            stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) },
            uniquingKeysWith: { old, _ in old }
        )
    }
}

extension RedisHosts {
    /// Sends several commands, some hundred in one write; the first error reply throws.
    ///
    /// - Parameters:
    ///   - commands: What to send.
    ///   - host: The host, counted from 0.
    ///   - what: What they are for, should Redis refuse them.
    ///   - wrongTypeIsEmpty: Whether a key of the wrong type is read as if there were none: a check-up names it itself.
    /// - Returns: The replies, in order.
    /// - Throws: What Redis refuses, or that it is away.
    func answers(
        to commands: [RedisCommand],
        on host: Int,
        _ what: String,
        wrongTypeIsEmpty: Bool = false
    ) async throws(ChannelLayerError) -> [RedisReply] {
        var replies: [RedisReply] = []
        for slice in commands.slices(of: SlicedReading.slice) {
            for reply in try await send(slice, to: host) {
                let isEmpty = wrongTypeIsEmpty && reply.isWrongType
                if let text = reply.errorText, !isEmpty { throw ChannelLayerError(refused: text, what) }
                replies.append(isEmpty ? .null : reply)
            }
        }
        return replies
    }

    /// A host's clock, in Unix seconds.
    func clock(of host: Int) async throws(ChannelLayerError) -> Double {
        let parts = try await send(RedisCommand("TIME"), to: host).elements ?? []
        guard parts.count == 2, let seconds = parts[0].int, let microseconds = parts[1].int else {
            throw ChannelLayerError(refused: "an unexpected reply to TIME", "tell the time")
        }
        return Double(seconds) + Double(microseconds) / 1_000_000
    }
}
