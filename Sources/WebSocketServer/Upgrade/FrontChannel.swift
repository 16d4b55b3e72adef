import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What an accepted connection becomes with its first request.
enum ConnectionOutcome: Sendable {
    /// Served by Hummingbird; a task runs while the connection lives, also if a later request makes it a WebSocket.
    case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
    /// A WebSocket, or refused: the channel lives on its event loop alone, without a task.
    case detached
}

/// An accepted connection and what it is going to be.
struct FrontChannelValue: ServerChildChannelValue {
    let channel: any Channel
    /// Known with the first request; fails if the connection ends before.
    ///
    /// NIO reads nothing from a connection that is still being set up: this is handed on, not waited for there.
    let outcome: EventLoopFuture<ConnectionOutcome>
}

/// The front's way of setting up an accepted connection: HTTP by Hummingbird, WebSockets by handlers on the loop.
struct FrontChannel: ServerChildChannel, HTTPChannelHandler {
    typealias Value = FrontChannelValue

    let responder: HTTPChannelHandler.Responder
    let loops: FrontLoops

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<FrontChannelValue> {
        channel.eventLoop.makeCompletedFuture {
            let loop = loops[channel.eventLoop]
            let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
            let encoder = HTTPResponseEncoder()
            let upgrade = WebSocketUpgradeHandler(
                loop: loop,
                decoder: decoder,
                encoder: encoder,
                becoming: channel.eventLoop.makePromise(),
                logger: logger
            )
            try channel.pipeline.syncOperations.addHandlers([encoder, decoder, upgrade])
            loop.expectFirstRequest(of: upgrade)
            return FrontChannelValue(channel: channel, outcome: upgrade.outcome)
        }
    }

    func handle(value: FrontChannelValue, logger: Logger) async {
        do {
            let outcome = try await withTaskCancellationHandler {
                try await value.outcome.get()
            } onCancel: {
                // Not a mere close: a task that starts late may find a WebSocket, which ends with a closing handshake.
                value.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
            switch outcome {
            case .http(let asyncChannel): await handleHTTP(asyncChannel: asyncChannel, logger: logger)
            case .detached: break
            }
        } catch {
            logger.trace("connection ended before its first request", metadata: ["error": "\(error)"])
        }
    }
}
