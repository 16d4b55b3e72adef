import CoreMetrics
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Stands between the HTTP codec and whatever answers, and turns the connection into what its requests ask for.
final class WebSocketUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler, ClosingPeer {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let loop: FrontLoop
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let encoder: HTTPResponseEncoder
    private let logger: Logger
    private var becoming: EventLoopPromise<ConnectionOutcome>?
    private var state = UpgradeStateMachine<Handshake, UpgradeRefusal>.waiting
    /// What Hummingbird needs in the pipeline; removed when a kept-alive connection becomes a WebSocket.
    private var httpHandlers: [any RemovableChannelHandler] = []
    private var context: ChannelHandlerContext?
    /// Since when the client has taken too little of a response for more of it to be written.
    private var stalledSince: NIODeadline?
    /// Whether the loop looks at `stalledSince` later.
    private var isWatched = false
    /// Fulfilled with what the first request made of the connection.
    let outcome: EventLoopFuture<ConnectionOutcome>

    init(
        loop: FrontLoop,
        decoder: ByteToMessageHandler<HTTPRequestDecoder>,
        encoder: HTTPResponseEncoder,
        becoming: EventLoopPromise<ConnectionOutcome>,
        logger: Logger
    ) {
        self.loop = loop
        self.decoder = decoder
        self.encoder = encoder
        self.becoming = becoming
        self.logger = logger
        outcome = becoming.futureResult
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        settle(.failure(ChannelError.ioOnClosedChannel))
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.connectionClosed()
        settle(.failure(ChannelError.ioOnClosedChannel))
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            received(head, context: context)
        case .body:
            if case .http = state { context.fireChannelRead(data) }
        case .end:
            switch state.receivedEnd() {
            case .pass: context.fireChannelRead(data)
            case .swallow: break
            case .take(let turn): take(turn, context: context)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (is ChannelShouldQuiesceEvent, .http), (is ChannelShouldQuiesceEvent, .finishingHTTP),
            (is ChannelShouldQuiesceEvent, .turning):
            // A client that does not read its response, or does not end its request, must not hold up the shutdown.
            loop.expectClose(of: self)
            context.fireUserInboundEventTriggered(event)
        case (is ChannelShouldQuiesceEvent, .waiting), (ChannelEvent.inputClosed, .waiting):
            context.close(promise: nil)
        case (ChannelEvent.inputClosed, .turned), (ChannelEvent.inputClosed, .turning):
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalledSince = context.channel.isWritable ? nil : .now()
        if stalledSince != nil, !isWatched {
            isWatched = true
            loop.expectProgress(of: self)
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .waiting where error is HTTPParserError:
            state = .turned
            refuse(.badRequest("not HTTP"), context: context)
        case .http:
            context.fireErrorCaught(error)
        case .waiting, .finishingHTTP, .turning, .turned, .ended:
            context.close(promise: nil)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else {
            context.close(mode: mode, promise: promise)
            return
        }
        switch state.httpFinished() {
        case .pass:
            context.close(mode: mode, promise: promise)
        case .swallow:
            promise?.succeed()
        case .take(let turn):
            promise?.succeed()
            take(turn, context: context)
        }
    }

    /// Closes a connection that has not sent its first request in time.
    func handshakeTimedOut() {
        if state.timedOut() { context?.close(promise: nil) }
    }

    /// Closes a connection whose client takes nothing of its response; called once the time for that is over.
    func lookForProgress() {
        isWatched = false
        guard let start = stalledSince, let context else { return }
        if .now() - start >= TimeAmount(loop.configuration.httpIdleTimeout) {
            logger.debug("a client takes nothing of its response")
            context.close(promise: nil)
        } else {
            // It has taken something since; it has the whole time again.
            isWatched = true
            loop.expectProgress(of: self)
        }
    }

    func closeTimedOut() {
        context?.close(promise: nil)
    }

    // MARK: - What a request asks for

    private func received(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let turn: UpgradeStateMachine<Handshake, UpgradeRefusal>.Turn? =
            switch UpgradeDecision(head, router: loop.router) {
            case .http: nil
            case .accept(let handshake): .accept(handshake)
            case .refuse(let refusal): .refuse(refusal)
            }
        switch state.received(turn) {
        case .startHTTP:
            startHTTP(context: context)
            context.fireChannelRead(wrapInboundOut(.head(withoutUpgrade(head))))
        case .pass:
            context.fireChannelRead(wrapInboundOut(.head(withoutUpgrade(head))))
        case .finishHTTP:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .take(let turn):
            take(turn, context: context)
        case .swallow:
            break
        }
    }

    /// NIO's decoder stops at any request that asks for an upgrade; one that Hummingbird answers is the last.
    private func withoutUpgrade(_ head: HTTPRequestHead) -> HTTPRequestHead {
        guard head.headers.contains(name: "upgrade") else { return head }
        var head = head
        head.headers.remove(name: "upgrade")
        head.headers.replaceOrAdd(name: "connection", value: "close")
        return head
    }

    private func startHTTP(context: ChannelHandlerContext) {
        let codec = HTTP1ToHTTPServerCodec(secure: false)
        let idle = HTTPConnectionStateHandler(idleTimeout: loop.configuration.httpIdleTimeout, logger: logger)
        do {
            try context.pipeline.syncOperations.addHandlers([codec, idle])
            httpHandlers = [codec, idle]
            let asyncChannel = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: context.channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
            settle(.success(.http(asyncChannel)))
        } catch {
            settle(.failure(error))
            context.close(promise: nil)
        }
    }

    private func settle(_ result: Result<ConnectionOutcome, any Error>) {
        becoming?.completeWith(result)
        becoming = nil
    }

    // MARK: - Turning away from HTTP

    private func take(_ turn: UpgradeStateMachine<Handshake, UpgradeRefusal>.Turn, context: ChannelHandlerContext) {
        switch turn {
        case .accept(let handshake): accept(handshake, context: context)
        case .refuse(let refusal): refuse(refusal, context: context)
        }
    }

    private func refuse(_ refusal: UpgradeRefusal, context: ChannelHandlerContext) {
        FrontMetrics.refused(status: Int(refusal.status.code)).increment()
        logger.debug(
            "upgrade refused",
            metadata: ["status": "\(refusal.status.code)", "reason": "\(refusal.text)"]
        )
        let body = context.channel.allocator.buffer(string: refusal.text + "\n")
        context.write(wrapOutboundOut(.head(refusal.response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // The peer closes when it has read the answer; if it does not, the loop's clock does.
        context.close(mode: .output, promise: nil)
        loop.expectClose(of: self)
        settle(.success(.detached))
    }

    private func accept(_ handshake: Handshake, context: ChannelHandlerContext) {
        let channel = context.channel
        let pipeline = context.pipeline.syncOperations
        context.write(wrapOutboundOut(.head(handshake.response)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let connection = WebSocketConnectionHandler(handshake: handshake, loop: loop, channel: channel)
        do {
            for handler in [encoder] + httpHandlers { remove(handler, from: pipeline) }
            try pipeline.addHandler(connection, position: .after(self))
            if !httpHandlers.isEmpty {
                // NIO's async wrapper cannot be removed, and once finished lets no `read` through from above.
                try pipeline.addHandler(ReadKeeper(), position: .after(connection))
            }
            httpHandlers = []
            remove(self, from: pipeline)
            // Last: what came behind the handshake is forwarded to the connection.
            remove(decoder, from: pipeline)
            settle(.success(.detached))
        } catch {
            logger.error("cannot set up a WebSocket", metadata: ["error": "\(error)"])
            settle(.failure(error))
            channel.close(promise: nil)
        }
    }

    private func remove(_ handler: any RemovableChannelHandler, from pipeline: ChannelPipeline.SynchronousOperations) {
        pipeline.removeHandler(handler).assumeIsolated().whenFailure { [logger] error in
            logger.debug("handler was gone already", metadata: ["error": "\(error)"])
        }
    }
}

/// Asks for more to read after every read, where handlers further up would not.
final class ReadKeeper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func handlerAdded(context: ChannelHandlerContext) {
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.read()
    }
}
