import NIOCore
import NIOWebSocket

/// Puts frames together into messages for a receiver, answers pings, and closes as RFC 6455 section 7 asks.
final class WebSocketClientHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let receiver: any WebSocketReceiver
    private let answersPings: Bool
    private var fragments: (opcode: WebSocketOpcode, data: ByteBuffer)?
    private var closeEvent: CloseEvent?
    private var sentClose = false

    init(receiver: any WebSocketReceiver, answersPings: Bool = true) {
        self.receiver = receiver
        self.answersPings = answersPings
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary, .continuation: receivedData(frame, context: context)
        case .ping: receivedPing(frame.data, context: context)
        case .pong: receiver.received(.pong(frame.data))
        case .connectionClose: receivedClose(frame.data, context: context)
        default: failed("opcode \(frame.opcode)", context: context)
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The server may have gone between its 101 response and now: nobody tells a handler what came before it.
        if !context.channel.isActive { receiver.closed(.abnormal) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        receiver.closed(closeEvent ?? .abnormal)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failed("\(error)", context: context)
    }

    /// Notes that the test itself has sent a close frame, so that the peer's answer is not answered again.
    func willSendClose() { sentClose = true }

    // MARK: Private

    private func receivedData(_ frame: WebSocketFrame, context: ChannelHandlerContext) {
        var data = frame.data
        guard frame.opcode != .continuation || fragments != nil else {
            return failed("a continuation of no message", context: context)
        }
        guard frame.opcode == .continuation || fragments == nil else {
            return failed("a new message inside another one", context: context)
        }
        guard !frame.fin || fragments != nil else { return deliver(frame.opcode, data, context: context) }
        var message = fragments ?? (frame.opcode, ByteBuffer())
        message.data.writeBuffer(&data)
        fragments = frame.fin ? nil : message
        if frame.fin { deliver(message.opcode, message.data, context: context) }
    }

    private func deliver(_ opcode: WebSocketOpcode, _ data: ByteBuffer, context: ChannelHandlerContext) {
        guard opcode == .text else { return receiver.received(.binary(data)) }
        guard let text = String(validating: data.readableBytesView, as: UTF8.self) else {
            return failed("a text message that is not UTF-8", context: context)
        }
        receiver.received(.text(text))
    }

    private func receivedPing(_ data: ByteBuffer, context: ChannelHandlerContext) {
        if answersPings, !sentClose {
            context.writeAndFlush(wrapOutboundOut(.masked(.pong, data)), promise: nil)
        }
        receiver.received(.ping(data))
    }

    private func receivedClose(_ data: ByteBuffer, context: ChannelHandlerContext) {
        guard closeEvent == nil else { return }
        var rest = data
        let code = rest.readInteger(as: UInt16.self)
        let reason = rest.readString(length: rest.readableBytes) ?? ""
        closeEvent = code.map { CloseEvent(code: $0, reason: reason) } ?? .noCode
        guard !sentClose else { return context.close(promise: nil) }
        sentClose = true
        var echo = ByteBuffer()
        if let code { echo.writeInteger(code) }
        context.writeAndFlush(wrapOutboundOut(.masked(.connectionClose, echo)), promise: nil)
        context.close(promise: nil)
    }

    /// The server broke the protocol: the event says so, and the connection ends without a handshake.
    private func failed(_ why: String, context: ChannelHandlerContext) {
        closeEvent = closeEvent ?? CloseEvent(code: CloseEvent.abnormal.code, reason: "from this client: \(why)")
        context.close(promise: nil)
    }
}

extension WebSocketFrame {
    /// A whole message or control frame as a client must send it, with a random mask (RFC 6455, 5.3).
    static func masked(_ opcode: WebSocketOpcode, _ data: ByteBuffer, fin: Bool = true) -> WebSocketFrame {
        WebSocketFrame(fin: fin, opcode: opcode, maskKey: .random(), data: data)
    }

    /// A masked close frame; without a code its body is empty.
    static func maskedClose(code: UInt16?, reason: String = "") -> WebSocketFrame {
        var data = ByteBuffer()
        if let code {
            data.writeInteger(code)
            data.writeString(reason)
        }
        return masked(.connectionClose, data)
    }
}
