import Foundation
import NIOCore
import NIOPosix
import NIOWebSocket

/// A connection to Chromium's DevTools protocol: JSON commands over one WebSocket for the browser and all its pages.
final class DevToolsConnection: Sendable {
    private struct Command<Parameters: Encodable>: Encodable {
        var id: Int
        var method: String
        var params: Parameters
        var sessionId: String?
    }

    private struct Reply<Result: Decodable>: Decodable {
        struct Failure: Decodable {
            var message: String
        }

        var result: Result?
        var error: Failure?
    }

    /// Parameters, or a result, of which nothing matters.
    struct Empty: Codable, Sendable {}

    private let channel: any Channel
    /// Touched on the channel's event loop only.
    private let replies: NIOLoopBound<DevToolsReplies>

    private init(channel: any Channel, replies: NIOLoopBound<DevToolsReplies>) {
        self.channel = channel
        self.replies = replies
    }

    /// Connects to the address that the browser printed.
    static func connect(_ url: String) async throws -> DevToolsConnection {
        // A screenshot comes as one message of some megabytes.
        let handshake = WebSocketHandshake(endpoint: try Endpoint(url), maximumFrame: 1 << 28)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return try await loop.flatSubmit {
            let replies = NIOLoopBound(DevToolsReplies(), eventLoop: loop)
            return handshake.connect(on: loop) { channel in
                try channel.pipeline.syncOperations.addHandler(WebSocketClientHandler(receiver: replies.value))
            }
            .map { DevToolsConnection(channel: $0.channel, replies: replies) }
        }.get()
    }

    /// Sends a command and awaits its result.
    ///
    /// - Parameters:
    ///   - method: Such as `Page.navigate`.
    ///   - parameters: Encoded as the command's `params`.
    ///   - session: The page's session; nil for the browser itself.
    ///   - timeout: How long the browser may take.
    /// - Returns: The decoded result.
    /// - Throws: ``HarnessError/commandFailed(command:output:)`` when the browser reports an error.
    func call<Result: Decodable>(
        _ method: String,
        _ parameters: some Encodable & Sendable,
        session: String? = nil,
        timeout: TimeAmount = .seconds(60)
    ) async throws -> Result {
        let data = try await channel.eventLoop.flatSubmit { [channel, replies] in
            let (id, reply) = replies.value.register(method, on: channel.eventLoop, timeout: timeout)
            let command = Command(id: id, method: method, params: parameters, sessionId: session)
            do {
                let text = ByteBuffer(bytes: try JSONEncoder().encode(command))
                channel.writeAndFlush(WebSocketFrame.masked(.text, text), promise: nil)
                return reply
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
        let reply = try JSONDecoder().decode(Reply<Result>.self, from: data)
        guard let result = reply.result else {
            throw HarnessError.commandFailed(command: method, output: reply.error?.message ?? "no result")
        }
        return result
    }

    /// Sends a command whose result does not matter.
    func run(_ method: String, _ parameters: some Encodable & Sendable = Empty(), session: String? = nil) async throws {
        let _: Empty = try await call(method, parameters, session: session)
    }

    /// The last errors and console lines of all pages, as the protocol tells them.
    var consoleEvents: [String] {
        get async throws { try await channel.eventLoop.submit { [replies] in replies.value.consoleEvents }.get() }
    }

    func close() {
        channel.close(promise: nil)
    }
}
