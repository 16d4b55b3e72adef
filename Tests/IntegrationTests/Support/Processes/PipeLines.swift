import NIOCore
import NIOPosix

/// Reads one end of a pipe on an event loop and hands it on line by line.
final class PipeLines: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Longer lines are handed on in pieces, so that a program without newlines costs no more memory than this.
    private static let longestLine = 64 * 1024

    private let line: @Sendable (String) -> Void
    private let ended: @Sendable () -> Void
    private var pending = ByteBuffer()

    private init(line: @escaping @Sendable (String) -> Void, ended: @escaping @Sendable () -> Void) {
        self.line = line
        self.ended = ended
    }

    /// Starts reading; takes ownership of `descriptor`.
    static func read(
        _ descriptor: CInt,
        line: @escaping @Sendable (String) -> Void,
        ended: @escaping @Sendable () -> Void
    ) async throws {
        _ = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PipeLines(line: line, ended: ended))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        pending.writeBuffer(&bytes)
        while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            line(pending.readString(length: end - pending.readerIndex) ?? "")
            pending.moveReaderIndex(forwardBy: 1)
        }
        if pending.readableBytes > Self.longestLine { flushPending() }
        pending.discardReadBytes()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if pending.readableBytes > 0 { flushPending() }
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        line("(reading the program's output failed: \(error))")
        context.close(promise: nil)
    }

    private func flushPending() {
        line(pending.readString(length: pending.readableBytes) ?? "")
    }
}
