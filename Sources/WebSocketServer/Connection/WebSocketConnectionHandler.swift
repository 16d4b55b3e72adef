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
    let loop: FrontLoop
    private let whileUnready: UnreadyPolicy
    private var machine = WebSocketConnectionStateMachine()
    private var frames: FrameReader
    private var assembler: MessageAssembler
    private var session: (any ConsumerSession)?
    var context: ChannelHandlerContext?
    var groups: [GroupName] = []
    /// The histories that it is being sent.
    var playbacks: [GroupName: HistoryPlayback] = [:]
    private var slot: Int?
    /// Since the last tick; the opening handshake was a sign of life too.
    private var hasHeardFromPeer = true
    private var hasInputEnded = false
    private var isSessionFull = false
    private var wantsToRead = false
    private(set) var hasEnded = false

    init(handshake: Handshake, loop: FrontLoop, channel: any Channel) {
        self.loop = loop
        name = loop.layer.newConnectionChannel()
        kind = handshake.match.kind
        whileUnready = handshake.match.whileUnready
        let limit = loop.configuration.maximumMessageLength
        frames = FrameReader(FrameDecoder(maxFrameLength: limit, role: .server))
        assembler = MessageAssembler(maxMessageLength: limit)
        let connection = Connection(
            channel: name,
            scope: handshake.scope(clientAddress: channel.remoteAddress?.ipAddress),
            layer: loop.layer,
            transport: LoopTransport(self, eventLoop: channel.eventLoop)
        )
        session = kind.session(connection, executor: loop.executor, limit: loop.timeLimit, logger: loop.logger)
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
            eventLoop.execute { resumer.value.readOn() }
        }
        if loop.refusesConnections {
            // Its consumer never hears of it.
            session = nil
            close(.serviceRestart, reason: "the server restarts")
        } else if whileUnready == .refuse, case .notReady = loop.layer.readiness {
            session = nil
            FrontMetrics.unready.increment()
            close(.tryAgainLater, reason: "the server is not ready")
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
        case is ChannelShouldQuiesceEvent where !loop.refusesConnections:
            // The listening socket's end, without a drain that would come round to this connection.
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
        frames.append(unwrapInboundIn(data))
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
            while isListening, !isSessionFull, let frame = try frames.next() { try handle(frame) }
        } catch {
            FrontMetrics.protocolErrors.increment()
            loop.logger.debug("client broke the protocol", metadata: ["channel": "\(name)", "error": "\(error)"])
            frames.discard()
            perform(machine.protocolFailure(error.closeCode))
        }
    }

    private func handle(_ frame: Frame) throws(FrameError) {
        switch frame.opcode {
        case .ping: perform(machine.receivedPing(frame.payload))
        case .pong:
            perform(machine.receivedPong())
            if machine.takesData, let mark = Self.mark(in: frame.payload) { deliver(.answered(mark)) }
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
    func closeIfSlow(_ context: ChannelHandlerContext) {
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

    // MARK: - The consumer

    /// A message from the channel layer that the consumer itself looks at.
    func receive(_ message: Message) {
        deliver(.message(message))
    }

    func deliver(_ event: ConsumerEvent) {
        guard let session else { return }
        switch session.deliver(event) {
        case .open: break
        case .full: isSessionFull = true
        case .overflowing:
            FrontMetrics.slowConsumers.increment()
            close(.tryAgainLater, reason: "the server cannot keep up with this connection")
        }
    }

    /// Nothing waits for the consumer any more: it has caught up, or the connection is closing.
    func readOn() {
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
        guard hasInputEnded, !isSessionFull || frames.isEmpty else { return }
        context?.close(promise: nil)
    }

    /// The connection counts no more: it leaves its groups now, whatever the closing handshake still takes.
    func end(_ code: CloseCode) {
        guard !hasEnded else { return }
        hasEnded = true
        leaveAll()
        deliver(.disconnected(code))
        session = nil
    }

    private func transportClosed() {
        perform(machine.transportClosed())
        if let slot { loop.remove(self, slot: slot) }
        slot = nil
        frames.discard()
    }
}
