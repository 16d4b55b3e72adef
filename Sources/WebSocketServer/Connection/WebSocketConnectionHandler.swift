import ChannelLayers
import Consumers
import CoreMetrics
import Logging
import Messages
import NIOCore

/// What has to end within the close timeout, and is ended if it does not.
protocol ClosingPeer: AnyObject {
    func closeTimedOut()
}

/// One WebSocket connection: frames in, frames out, its groups and its consumer's session.
///
/// Confined to its event loop. The rules of RFC 6455 are the state machine's; this carries out what it says.
final class WebSocketConnectionHandler: ChannelDuplexHandler, ClosingPeer {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    let name: ChannelName
    let kind: ConsumerKind
    private let loop: FrontLoop
    private var machine = WebSocketConnectionStateMachine()
    private var decoder: FrameDecoder
    private var assembler: MessageAssembler
    /// Received bytes that are not decoded yet; `nil` while there are none, so that an idle connection holds no buffer.
    private var received: ByteBuffer?
    private var session: (any ConsumerSession)?
    private var context: ChannelHandlerContext?
    private var groups: [GroupName] = []
    private var slot: Int?
    /// Since the last tick; the opening handshake was a sign of life too.
    private var hasHeardFromPeer = true
    private var hasInputEnded = false
    private var isSessionFull = false
    private var wantsToRead = false
    private var hasEnded = false

    init(handshake: Handshake, loop: FrontLoop, channel: any Channel) {
        self.loop = loop
        name = loop.layer.newConnectionChannel()
        kind = handshake.match.kind
        let limit = loop.configuration.maximumMessageLength
        decoder = FrameDecoder(maxFrameLength: limit, role: .server)
        assembler = MessageAssembler(maxMessageLength: limit)
        let connection = Connection(
            channel: name,
            scope: handshake.scope(clientAddress: channel.remoteAddress?.ipAddress),
            layer: loop.layer,
            transport: LoopTransport(self, eventLoop: channel.eventLoop)
        )
        session = kind.session(connection, executor: loop.executor, logger: loop.logger)
    }

    // MARK: - The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // The mark is the bound, and nothing else: a client that lets the queue grow past it is closed.
        let limit = loop.configuration.outboundLimit
        do {
            try context.channel.syncOptions?.setOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(low: limit, high: limit)
            )
        } catch {
            loop.logger.debug("connection was gone before it began", metadata: ["error": "\(error)"])
        }
        slot = loop.add(self)
        let resumer = NIOLoopBound(self, eventLoop: context.eventLoop)
        session?.onDrained { [eventLoop = context.eventLoop] in
            eventLoop.execute { resumer.value.sessionDrained() }
        }
        if loop.refusesConnections {
            // Its consumer never hears of it.
            session = nil
            close(.serviceRestart, reason: "the server restarts")
        } else {
            deliver(.connected)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        transportClosed()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        transportClosed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed:
            hasInputEnded = true
            closeAtEndOfInput()
        case is ChannelShouldQuiesceEvent:
            close(.serviceRestart, reason: "the server restarts")
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.logger.debug("connection failed", metadata: ["channel": "\(name)", "error": "\(error)"])
        context.close(promise: nil)
    }

    // MARK: - From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasHeardFromPeer = true
        guard isListening else { return }
        var bytes = unwrapInboundIn(data)
        if received == nil {
            received = bytes
        } else {
            received?.writeBuffer(&bytes)
        }
        decode()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // For a `ReadKeeper`; nothing else is behind that would care.
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isSessionFull {
            wantsToRead = true
        } else {
            context.read()
        }
    }

    /// Whether the peer's bytes are still looked at.
    private var isListening: Bool {
        switch machine {
        case .open, .closeSent: true
        case .shuttingDown, .dropped, .finished: false
        }
    }

    private func decode() {
        do {
            while isListening, !isSessionFull, var bytes = received.take() {
                let frame = try decoder.next(from: &bytes)
                if bytes.readableBytes > 0 { received = frame == nil ? Self.compact(bytes) : bytes }
                guard let frame else { return }
                try handle(frame)
            }
        } catch {
            FrontMetrics.protocolErrors.increment()
            loop.logger.debug("client broke the protocol", metadata: ["channel": "\(name)", "error": "\(error)"])
            received = nil
            perform(machine.protocolFailure(error.closeCode))
        }
    }

    /// The start of a frame is kept until the rest comes: not in a whole receive buffer if it is small.
    private static func compact(_ bytes: ByteBuffer) -> ByteBuffer {
        bytes.readableBytes < bytes.capacity / 4 ? ByteBuffer(bytes: bytes.readableBytesView) : bytes
    }

    private func handle(_ frame: Frame) throws(FrameError) {
        switch frame.opcode {
        case .ping: perform(machine.receivedPing(frame.payload))
        case .pong: perform(machine.receivedPong())
        case .close: perform(machine.receivedClose(try ClosePayload(frame.payload)))
        case .continuation, .text, .binary:
            guard machine.receivedData() == .deliver else { return }
            guard let message = try assembler.append(frame) else { return }
            FrontMetrics.messagesReceived.increment()
            switch message {
            case .text(let text): deliver(.text(text))
            case .binary(let bytes): deliver(.binary(bytes))
            }
        }
    }

    // MARK: - To the client

    /// Writes a frame that is framed already.
    func write(_ frame: ByteBuffer) {
        guard machine.takesData, let context else { return }
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        closeIfSlow(context)
    }

    func send(_ frame: OutboundFrame) {
        guard machine.takesData else { return }
        FrontMetrics.framesSent.increment()
        write(FrameEncoder.frame(frame))
    }

    func close(_ code: CloseCode, reason: String) {
        perform(machine.closeRequested(code.isSendable ? code : .internalError, reason: reason))
    }

    /// Looks at what the kernel did not take; before the flush, one long message would look like a slow client.
    private func closeIfSlow(_ context: ChannelHandlerContext) {
        guard !context.channel.isWritable, machine.takesData else { return }
        FrontMetrics.slowClients.increment()
        close(.tryAgainLater, reason: "the client reads too slowly")
    }

    func closeTimedOut() {
        perform(machine.closeTimedOut())
    }

    /// Called once per ping interval.
    ///
    /// A peer that is not read because its consumer is busy counts as alive.
    func keepAliveTick() {
        perform(machine.keepAliveTick(heard: hasHeardFromPeer || isSessionFull))
        hasHeardFromPeer = false
    }

    /// Carries out what the state machine says.
    private func perform(_ action: WebSocketConnectionStateMachine.Action) {
        switch action {
        case .ignore, .deliver:
            break
        case .sendPing:
            emit(Self.ping)
        case .sendPong(let payload):
            emit(FrameEncoder.frame(.pong, payload: payload))
            if let context { closeIfSlow(context) }
        case .sendClose(let payload):
            end(payload.code)
            emit(FrameEncoder.frame(payload))
            loop.expectClose(of: self)
        case .replyCloseAndShutDown(let payload):
            end(payload.code)
            emit(FrameEncoder.frame(payload), thenClose: .all)
            loop.expectClose(of: self)
        case .sendCloseAndShutDown(let payload):
            end(.abnormal)
            emit(FrameEncoder.frame(payload), thenClose: .output)
            loop.expectClose(of: self)
        case .timeOut:
            FrontMetrics.timedOut.increment()
            context?.close(promise: nil)
        case .shutDown:
            // The sending half only: what the peer may still be sending must not reset what it has yet to read.
            context?.close(mode: .output, promise: nil)
        case .drop:
            context?.close(promise: nil)
        case .finished(let code):
            end(code)
        }
    }

    private static let ping = FrameEncoder.frame(.ping, payload: [])

    private func emit(_ frame: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    /// Closes behind the frame, when all that was queued is out.
    private func emit(_ frame: ByteBuffer, thenClose mode: CloseMode) {
        guard let context else { return }
        let written = context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated()
        written.whenComplete { [weak self] _ in self?.context?.close(mode: mode, promise: nil) }
    }

    // MARK: - Groups and the consumer

    func join(_ group: GroupName, whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void) {
        guard !hasEnded else {
            let message = "the connection ended before it joined \(group)"
            whenDone(.failure(ChannelLayerError(code: .closed, message: message)))
            return
        }
        if !groups.contains(group) {
            groups.append(group)
            loop.join(self, group: group)
        }
        loop.layer.groupAdd(name, to: group, whenDone: whenDone)
    }

    func leave(_ group: GroupName) {
        guard let index = groups.firstIndex(of: group) else { return }
        groups.remove(at: index)
        loop.leave(self, group: group)
        loop.layer.groupDiscard(name, from: [group])
    }

    /// A message from the channel layer that the consumer itself looks at.
    func receive(_ message: Message) {
        deliver(.message(message))
    }

    private func deliver(_ event: ConsumerEvent) {
        guard let session else { return }
        switch session.deliver(event) {
        case .open: break
        case .full: isSessionFull = true
        case .overflowing:
            FrontMetrics.slowConsumers.increment()
            close(.tryAgainLater, reason: "the server cannot keep up with this connection")
        }
    }

    private func sessionDrained() {
        guard isSessionFull else { return }
        isSessionFull = false
        decode()
        closeAtEndOfInput()
        if !isSessionFull, wantsToRead {
            wantsToRead = false
            context?.read()
        }
    }

    /// The peer sends nothing more: without a close frame that is a lost connection, once all that came is looked at.
    private func closeAtEndOfInput() {
        guard hasInputEnded, !isSessionFull || received == nil else { return }
        context?.close(promise: nil)
    }

    /// The connection counts no more: it leaves its groups now, whatever the closing handshake still takes.
    private func end(_ code: CloseCode) {
        guard !hasEnded else { return }
        hasEnded = true
        for group in groups { loop.leave(self, group: group) }
        if !groups.isEmpty { loop.layer.groupDiscard(name, from: groups) }
        groups = []
        deliver(.disconnected(code))
        session = nil
    }

    private func transportClosed() {
        perform(machine.transportClosed())
        if let slot { loop.remove(self, slot: slot) }
        slot = nil
        received = nil
    }
}
