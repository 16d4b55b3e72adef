import ChannelLayers
import Messages
package import Redis

/// The Redis hosts that a system is spread over, as whoever sends commands sees them.
package struct RedisHosts: Sendable {
    /// One client per host, in the order that every process has them in.
    package let clients: [RedisClient]
    package let keys: RedisKeys
    package let selection: HostSelection

    package init(clients: [RedisClient], keys: RedisKeys) {
        precondition(!clients.isEmpty, "a channel layer needs at least one Redis host")
        self.clients = clients
        self.keys = keys
        selection = HostSelection(count: clients.count, keys: keys)
    }

    /// Sends one command; an error reply throws.
    func send(_ command: RedisCommand, to host: Int) async throws(ChannelLayerError) -> RedisReply {
        do {
            return try await clients[host].send(command)
        } catch {
            throw ChannelLayerError(error)
        }
    }

    /// Sends one command; an error reply stays a reply, and a failure on the way is returned.
    func result(of command: RedisCommand, on host: Int) async -> Result<RedisReply, ChannelLayerError> {
        do {
            return .success(try await send([command], to: host)[0])
        } catch {
            return .failure(error)
        }
    }

    /// Sends several commands in one write; error replies stay in their places.
    func send(_ pipeline: [RedisCommand], to host: Int) async throws(ChannelLayerError) -> [RedisReply] {
        do {
            return try await clients[host].send(pipeline)
        } catch {
            throw ChannelLayerError(error)
        }
    }

    /// Calls one script many times in one write; where Redis does not know it yet, those calls are repeated by source.
    func evaluate(
        _ script: RedisScript,
        _ calls: [(keys: [RedisArgument], arguments: [RedisArgument])],
        on host: Int
    ) async throws(ChannelLayerError) -> [RedisReply] {
        try await evaluate(calls.map { ScriptCall(script, keys: $0.keys, arguments: $0.arguments) }, on: host)
    }

    /// Calls several scripts in one write; where Redis does not know one yet, its call is repeated by source.
    func evaluate(_ calls: [ScriptCall], on host: Int) async throws(ChannelLayerError) -> [RedisReply] {
        var replies = try await send(calls.map(\.byDigest), to: host)
        let unknown = replies.indices.filter { replies[$0].errorText?.hasPrefix("NOSCRIPT") == true }
        guard !unknown.isEmpty else { return replies }
        let repeated = try await send(unknown.map { calls[$0].bySource }, to: host)
        for (index, reply) in zip(unknown, repeated) { replies[index] = reply }
        return replies
    }
}

extension RedisReply {
    /// The text of an error reply.
    var errorText: String? {
        if case .error(let text) = self { text } else { nil }
    }
}

extension ChannelLayerError {
    /// What a failed Redis command means to a caller of the layer.
    init(_ error: RedisError) {
        self.init(code: error.replyPrefix != nil ? .refused : .unavailable, message: error.message)
    }

    /// What it means to a caller of the layer that a message cannot be written.
    init(_ error: MessageError) {
        self.init(code: .invalidMessage, message: error.description)
    }

    /// What an error reply means to a caller of the layer.
    init(refused text: String, _ what: String) {
        self.init(code: .refused, message: "Redis refused to \(what): \(text)")
    }
}
