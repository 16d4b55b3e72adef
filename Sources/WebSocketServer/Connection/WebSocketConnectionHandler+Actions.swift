import Consumers
import CoreMetrics
import NIOCore

extension WebSocketConnectionHandler {
    /// Carries out what the state machine says.
    ///
    /// A connection that is closing is read whatever its consumer does: the peer's answer may lie behind messages, which
    /// are thrown away. That comes after the close frame, which has to be out before an answer is looked at.
    func perform(_ action: WebSocketConnectionStateMachine.Action) {
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
            readOn()
        case .replyCloseAndShutDown(let payload):
            end(payload.code)
            emit(FrameEncoder.frame(payload), thenClose: .all)
            loop.expectClose(of: self)
            readOn()
        case .sendCloseAndShutDown(let payload):
            end(.abnormal)
            emit(FrameEncoder.frame(payload), thenClose: .output)
            loop.expectClose(of: self)
            readOn()
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

    /// Of the keep-alive, which needs no mark.
    private static let ping = FrameEncoder.frame(.ping, payload: [])

    /// Pings the client for the consumer.
    func ping(_ mark: UInt64) {
        write(FrameEncoder.frame(.ping, payload: ByteBuffer(integer: mark)))
    }

    /// What a ping of the consumer's carried; `nil` if the pong does not answer one.
    static func mark(in payload: ByteBuffer) -> UInt64? {
        guard payload.readableBytes == MemoryLayout<UInt64>.size else { return nil }
        return payload.getInteger(at: payload.readerIndex)
    }

    private func emit(_ frame: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    /// Closes behind the frame, when all that was queued is out.
    private func emit(_ frame: ByteBuffer, thenClose mode: CloseMode) {
        guard let context else { return }
        let written = context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated()
        written.whenComplete { [weak self] _ in self?.context?.close(mode: mode, promise: nil) }
    }
}
