import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What an accepted connection has become with its first request.
enum FrontChannelValue: ServerChildChannelValue {
    /// Served by Hummingbird; a task runs while the connection lives.
    case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
    /// A WebSocket, or refused: the channel lives on its event loop alone, without a task.
    case detached(any Channel)

    var channel: any Channel {
        switch self {
        case .http(let asyncChannel): asyncChannel.channel
        case .detached(let channel): channel
        }
    }
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
            return upgrade.value
        }.flatMap { $0 }
    }

    func handle(value: FrontChannelValue, logger: Logger) async {
        switch value {
        case .http(let asyncChannel): await handleHTTP(asyncChannel: asyncChannel, logger: logger)
        case .detached: break
        }
    }
}
