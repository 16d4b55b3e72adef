import NIOCore

/// What a client has received and not looked at yet.
///
/// Confined to its event loop; one reader at a time.
final class ByteInbox: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var bytes = ByteBuffer()
    private var hasEnded = false
    /// Tries again to serve the waiting reader.
    private var attempt: (() -> Void)?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        bytes.writeBuffer(&more)
        attempt?()
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        attempt?()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Waits until `parse` finds what it looks for, or until the connection has ended.
    ///
    /// - Returns: What `parse` returned; `nil` if the connection ended before.
    func take<Value: Sendable>(
        on eventLoop: any EventLoop,
        _ parse: @escaping (inout ByteBuffer) throws -> Value?
    ) -> EventLoopFuture<Value?> {
        let promise = eventLoop.makePromise(of: Value?.self)
        let timer = eventLoop.assumeIsolated().scheduleTask(in: .seconds(20)) {
            self.attempt = nil
            promise.fail(TestFailure("nothing more came within 20 s; unread: \(self.bytes.readableBytes) bytes"))
        }
        attempt = {
            do {
                if let value = try parse(&self.bytes) {
                    promise.succeed(value)
                } else if self.hasEnded {
                    promise.succeed(nil)
                } else {
                    return
                }
            } catch {
                promise.fail(error)
            }
            self.attempt = nil
            timer.cancel()
        }
        attempt?()
        return promise.futureResult
    }
}
