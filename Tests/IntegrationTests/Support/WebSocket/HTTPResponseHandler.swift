import NIOCore
import NIOHTTP1

/// Takes the one response of a connection and closes it.
final class HTTPResponseHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull

    private let response: EventLoopPromise<NIOHTTPClientResponseFull>

    init(_ response: EventLoopPromise<NIOHTTPClientResponseFull>) {
        self.response = response
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        response.succeed(unwrapInboundIn(data))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        response.fail(HarnessError.unexpected("the server closed the connection before its response was complete"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        response.fail(error)
        context.close(promise: nil)
    }
}
