import NIOCore
import NIOEmbedded

@testable import Redis

/// A connection handler in an embedded channel, with a log of what it tells its delegate.
struct Rig {
    let log = Log()
    let channel: EmbeddedChannel
    let handler: RedisConnectionHandler<Int>

    var loop: EmbeddedEventLoop { channel.embeddedEventLoop }

    init(_ url: String = "redis://h", takesPublications: Bool = false, maxReplyBytes: Int = 1_000_000) throws {
        handler = try RedisConnectionHandler(
            address: RedisAddress(url),
            configuration: RedisClientConfiguration(
                commandTimeout: .seconds(5),
                pingInterval: .seconds(2),
                maxReplyBytes: maxReplyBytes,
                clientName: nil
            ),
            takesPublications: takesPublications,
            delegate: log
        )
        channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 6379)).wait()
    }

    /// Finishes the handshake and forgets what was sent and logged for it.
    func becomeReady() throws {
        _ = try sent()
        try receive("+PONG\r\n")
        log.events = []
    }

    /// What was sent since the last call.
    func sent() throws -> String {
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    func receive(_ bytes: some Sequence<UInt8>) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    func receive(_ text: String) throws {
        try receive(text.utf8)
    }
}

/// One line for each thing that a connection tells.
final class Log: RedisConnectionDelegate {
    var events: [String] = []

    func connectionDidBecomeReady(_ connection: RedisConnectionHandler<Int>) {
        events.append("ready")
    }

    func connection(_ connection: RedisConnectionHandler<Int>, didAnswer answers: [RedisAnswer<Int>]) {
        for answer in answers {
            switch answer.outcome {
            case .reply(let reply): events.append("\(answer.request): reply(\(short(reply)))")
            case .replies(let replies):
                events.append("\(answer.request): replies([\(replies.map(short).joined(separator: ", "))])")
            case .failure(let error): events.append("\(answer.request): failure(\(error.code))")
            }
        }
    }

    func connection(_ connection: RedisConnectionHandler<Int>, didReceive publication: RedisPublication) {
        events.append("\(publication.topic): \(String(decoding: publication.payload, as: UTF8.self))")
    }

    func connection(
        _ connection: RedisConnectionHandler<Int>,
        didCloseBecause reason: RedisError,
        failing answers: [RedisAnswer<Int>]
    ) {
        events.append("closed: \(reason.code)")
        self.connection(connection, didAnswer: answers)
    }

    private func short(_ reply: RedisReply) -> String {
        switch reply {
        case .integer(let value): ".integer(\(value))"
        case .error(let text): ".error(\"\(text)\")"
        default: "\(reply)"
        }
    }
}
