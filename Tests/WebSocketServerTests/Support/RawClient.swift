import Consumers
import NIOCore
import NIOPosix
import Testing
import WebSocketServer

#if canImport(Glibc)
import Glibc
#endif

/// A client that sends any bytes, right or wrong, and shows what comes back.
final class RawClient: Sendable {
    let channel: any Channel
    private let inbox: NIOLoopBound<ByteInbox>

    private init(channel: any Channel, inbox: NIOLoopBound<ByteInbox>) {
        self.channel = channel
        self.inbox = inbox
    }

    /// A connection; the kernel holds `receiveBuffer` bytes for it, or what it thinks fit.
    static func connect(port: Int, receiveBuffer: Int32? = nil) async throws -> RawClient {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        return try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let inbox = ByteInbox()
                try channel.pipeline.syncOperations.addHandler(inbox)
                return RawClient(channel: channel, inbox: NIOLoopBound(inbox, eventLoop: channel.eventLoop))
            }
        }
    }

    // MARK: - Sending

    func send(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes).get("the kernel takes what the client sends")
    }

    func send(_ text: String) async throws {
        try await send(ByteBuffer(string: text))
    }

    func send(text: String) async throws {
        try await send(Self.frame(.text, text))
    }

    func send(close code: CloseCode, reason: String = "") async throws {
        try await send(FrameEncoder.frame(ClosePayload(code: code, reason: reason), mask: 0x0A0B_0C0D))
    }

    /// A masked frame.
    static func frame(_ opcode: FrameOpcode, _ text: String, fin: Bool = true) -> ByteBuffer {
        FrameEncoder.frame(opcode, payload: ByteBuffer(string: text), fin: fin, mask: 0x1234_5678)
    }

    // MARK: - Receiving

    /// The next response; `nil` if the server has closed.
    func reply() async throws -> HTTPReply? {
        try await take { try HTTPReply(from: &$0) }
    }

    /// The next frame; `nil` if the server has closed.
    func frame() async throws -> Frame? {
        let decoder = FrameDecoder(maxFrameLength: 1 << 24, role: .client)
        return try await take { bytes in
            guard var frame = try decoder.next(from: &bytes) else { return nil }
            // Bytes of its own: what the event loop goes on writing to is not read from another thread.
            frame.payload = ByteBuffer(bytes: frame.payload.readableBytesView)
            return frame
        }
    }

    /// The next frame, which has to be a text.
    func text() async throws -> String {
        let frame = try #require(try await frame(), "the server has closed")
        guard frame.opcode == .text else { throw TestFailure("a text was expected, this came: \(frame)") }
        return String(buffer: frame.payload)
    }

    /// The next frame, which has to be a close frame.
    func closeFrame() async throws -> ClosePayload {
        let frame = try #require(try await frame(), "the server has closed without a close frame")
        guard frame.opcode == .close else { throw TestFailure("a close frame was expected, this came: \(frame)") }
        return try ClosePayload(frame.payload)
    }

    /// The server's end of the connection, with nothing before it.
    func end() async throws {
        if let frame = try await frame() { throw TestFailure("the end was expected, this came: \(frame)") }
    }

    private func take<Value: Sendable>(
        _ parse: @escaping @Sendable (inout ByteBuffer) throws -> Value?
    ) async throws -> Value? {
        try await channel.eventLoop.flatSubmit { [inbox, eventLoop = channel.eventLoop] in
            inbox.value.take(on: eventLoop, parse)
        }.get()
    }

    // MARK: - The connection

    /// Does the opening handshake.
    func upgrade(_ target: String) async throws {
        try await send(Requests.webSocket(target))
        let reply = try #require(try await reply(), "the server has closed")
        try #require(reply.status == 101, "\(reply)")
        #expect(reply.fields["sec-websocket-accept"] == Requests.accept)
    }

    /// Reads no more, or reads again.
    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    /// Sends a FIN, and reads on.
    func finishSending() async throws {
        try await channel.close(mode: .output).get()
    }

    /// Goes without a word: what comes from the server after this is answered with a reset.
    func reset() async throws {
        let socket = try #require(channel as? any SocketOptionProvider)
        try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close().get()
    }
}
