import ChannelLayers
import Redis

/// Reads what may be large in bounded slices, so that Redis answers others in between.
struct SlicedReading: Sendable {
    /// The most that is asked for at a time.
    static let slice = 500

    let hosts: RedisHosts

    /// The keys of the layer that `RedisKeys.found` knows; a key may come twice.
    ///
    /// - Parameters:
    ///   - host: The host, counted from 0.
    ///   - body: Is given each key that is of the type that its name says.
    /// - Returns: The keys that are of another type.
    /// - Throws: `ChannelLayerError` if the host cannot be asked.
    func keys(
        on host: Int,
        _ body: (FoundKey) -> Void
    ) async throws(ChannelLayerError) -> Set<MistypedKey> {
        var mistyped: Set<MistypedKey> = []
        try await each("SCAN", [], match: hosts.keys.foundPattern, on: host) { slice throws(ChannelLayerError) in
            var names: [(key: String, found: FoundKey?, type: String)] = []
            for key in slice.compactMap(\.string) {
                if let found = hosts.keys.found(key) {
                    names.append((key, found, found.type))
                } else if key == hosts.keys.fronts {
                    names.append((key, nil, "zset"))
                }
            }
            let commands = names.map { RedisCommand("TYPE", RedisArgument($0.key)) }
            let types = try await hosts.answers(to: commands, on: host, "tell a key's type").map { $0.string ?? "" }
            for (name, type) in zip(names, types) {
                // A key that has gone since is of the type "none".
                if type == name.type || type == "none" {
                    if let found = name.found { body(found) }
                } else {
                    mistyped.insert(MistypedKey(name.key, on: host, expected: name.type, found: type))
                }
            }
        }
        return mistyped
    }

    /// A sorted set's members and scores; a member that stays is read, and may come twice while the set grows.
    func members(
        of key: String,
        on host: Int,
        match: String = "*",
        _ body: ([(name: String, value: RedisReply)]) async throws(ChannelLayerError) -> Void
    ) async throws(ChannelLayerError) {
        try await pairs("ZSCAN", key, match: match, on: host, body)
    }

    /// A hash's fields and values.
    func fields(
        of key: String,
        on host: Int,
        _ body: ([(name: String, value: RedisReply)]) async throws(ChannelLayerError) -> Void
    ) async throws(ChannelLayerError) {
        try await pairs("HSCAN", key, match: "*", on: host, body)
    }

    private func pairs(
        _ command: String,
        _ key: String,
        match: String,
        on host: Int,
        _ body: ([(name: String, value: RedisReply)]) async throws(ChannelLayerError) -> Void
    ) async throws(ChannelLayerError) {
        try await each(command, [RedisArgument(key)], match: match, on: host) { slice throws(ChannelLayerError) in
            let pairs = stride(from: 0, to: slice.count - 1, by: 2).compactMap { index in
                slice[index].string.map { (name: $0, value: slice[index + 1]) }
            }
            try await body(pairs)
        }
    }

    private func each(
        _ name: String,
        _ key: [RedisArgument],
        match: String,
        on host: Int,
        _ body: ([RedisReply]) async throws(ChannelLayerError) -> Void
    ) async throws(ChannelLayerError) {
        var cursor = "0"
        repeat {
            let tail: [RedisArgument] = [
                RedisArgument(cursor), "MATCH", RedisArgument(match), "COUNT", RedisArgument(Self.slice),
            ]
            let reply = try await hosts.send([RedisCommand(name, key + tail)], to: host)[0]
            // There is nothing in it for us; what it is instead is told by whoever goes through the keys.
            if reply.isWrongType { return }
            if let text = reply.errorText { throw ChannelLayerError(refused: text, "list what it holds") }
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].string else {
                throw ChannelLayerError(refused: "an unexpected reply to \(name)", "list what it holds")
            }
            try await body(parts[1].elements ?? [])
            cursor = next
        } while cursor != "0"
    }
}

extension RedisReply {
    /// Whether a command was refused because the key holds something else.
    var isWrongType: Bool { errorText?.hasPrefix("WRONGTYPE") == true }
}

extension Array {
    /// The elements in order, so many at a time.
    func slices(of size: Int) -> some Sequence<[Element]> {
        stride(from: 0, to: count, by: size).lazy.map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
