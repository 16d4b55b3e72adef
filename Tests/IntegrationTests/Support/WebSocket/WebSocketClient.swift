import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// One WebSocket connection of a test: it reads with time limits, and can send anything, also what RFC 6455 forbids.
///
/// Dropping the last reference closes the connection without a handshake.
final class WebSocketClient: Sendable {
    /// What a test may choose about a connection.
    struct Options: Sendable {
        /// Request headers beside those of the upgrade: cookies, an origin, subprotocols.
        var headers: HTTPHeaders = [:]
        /// How long connecting, and after it the upgrade, may take.
        var timeout: TimeAmount = .seconds(20)
        /// How many messages may lie unread before a read fails.
        var unreadLimit = 10_000
        /// Pings are answered with pongs, unless a test plays a dead peer.
        var answersPings = true
        /// The kernel's receive buffer in bytes, small to play a slow reader.
        var receiveBuffer: ChannelOptions.Types.SocketOption.Value?
        /// The longest frame accepted, in bytes.
        var maximumFrame = 1 << 24
    }

    /// The server's 101 response, with the subprotocol and extensions it chose.
    let response: HTTPResponseHead
    private let channel: any Channel
    /// Touched on the channel's event loop only.
    private let mailbox: NIOLoopBound<WebSocketMailbox>

    private init(_ opened: WebSocketHandshake.Opened, mailbox: NIOLoopBound<WebSocketMailbox>) {
        self.response = opened.response
        self.channel = opened.channel
        self.mailbox = mailbox
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - url: A `ws://` address.
    ///   - options: Headers, bounds and behaviour.
    /// - Returns: The open connection.
    /// - Throws: ``HarnessError/upgradeRefused(status:body:)`` when the server answers with anything but 101.
    static func connect(_ url: String, options: Options = Options()) async throws -> WebSocketClient {
        ResourceLimits.raiseOpenFiles()
        let handshake = WebSocketHandshake(
            endpoint: try Endpoint(url),
            headers: options.headers,
            timeout: options.timeout,
            receiveBuffer: options.receiveBuffer,
            maximumFrame: options.maximumFrame
        )
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let future = loop.flatSubmit {
            let mailbox = NIOLoopBound(WebSocketMailbox(limit: options.unreadLimit), eventLoop: loop)
            return handshake.connect(on: loop) { channel in
                try channel.pipeline.syncOperations.addHandler(
                    WebSocketClientHandler(receiver: mailbox.value, answersPings: options.answersPings)
                )
            }
            .map { WebSocketClient($0, mailbox: mailbox) }
        }
        return try await future.get()
    }

    // MARK: Receiving

    /// The oldest unread message of any kind.
    ///
    /// - Throws: ``HarnessError/closed(_:)`` once the connection has ended and all messages are read, or a time-out.
    func next(timeout: Duration = .seconds(10)) async throws -> WebSocketMessage {
        try await channel.eventLoop.flatSubmit { [channel, mailbox] in
            mailbox.value.next(within: timeout, on: channel.eventLoop)
        }.get()
    }

    /// The oldest unread text message; pings and pongs before it are skipped, a binary message is an error.
    func nextText(timeout: Duration = .seconds(10)) async throws -> String {
        let deadline = ContinuousClock.now + timeout
        while true {
            switch try await next(timeout: ContinuousClock.now.duration(to: deadline)) {
            case .text(let text): return text
            case .ping, .pong: continue
            case .binary(let data):
                throw HarnessError.unexpected("expected a text message, got \(data.readableBytes) bytes of binary")
            }
        }
    }

    /// Reads text messages until `expected` comes.
    ///
    /// - Returns: The texts before it.
    @discardableResult
    func skipTexts(until expected: String, timeout: Duration = .seconds(10)) async throws -> [String] {
        let deadline = ContinuousClock.now + timeout
        var skipped: [String] = []
        while true {
            do {
                let text = try await nextText(timeout: ContinuousClock.now.duration(to: deadline))
                if text == expected { return skipped }
                skipped.append(text)
            } catch HarnessError.timedOut {
                let seen = "last of \(skipped.count) others: \(skipped.last ?? "none")"
                throw HarnessError.timedOut(waitingFor: "the text \(expected)", after: timeout, detail: seen)
            }
        }
    }

    /// All messages from now on, read no further ahead than the consumer asks.
    ///
    /// The sequence ends by throwing ``HarnessError/closed(_:)``.
    var messages: AsyncThrowingStream<WebSocketMessage, any Error> {
        AsyncThrowingStream { try await self.next(timeout: .seconds(3600)) }
    }

    /// How many messages have arrived and were not read.
    var unreadCount: Int {
        get async throws { try await channel.eventLoop.submit { [mailbox] in mailbox.value.unreadCount }.get() }
    }

    /// How the connection ended, or nil while it is open.
    var closeEvent: CloseEvent? {
        get async throws { try await channel.eventLoop.submit { [mailbox] in mailbox.value.closeEvent }.get() }
    }

    /// Waits for the end of the connection; unread messages stay readable.
    func waitForClose(timeout: Duration = .seconds(10)) async throws -> CloseEvent {
        try await eventuallyValue("the end of the WebSocket", timeout: timeout, every: .milliseconds(5)) {
            try await closeEvent
        }
    }

    /// Stops (false) or resumes (true) reading from the socket: with reading off, this is a stalled reader.
    func setReading(_ reads: Bool) async throws {
        try await channel.setOption(.autoRead, value: reads).get()
        if reads { channel.read() }
    }

    // MARK: Sending

    func send(text: String) async throws { try await send(frame: .masked(.text, ByteBuffer(string: text))) }

    func send(binary: some Sequence<UInt8> & Sendable) async throws {
        try await send(frame: .masked(.binary, ByteBuffer(bytes: binary)))
    }

    func ping(_ payload: String = "") async throws {
        try await send(frame: .masked(.ping, ByteBuffer(string: payload)))
    }

    /// Sends a frame as it is: unmasked, fragmented, with reserved bits, as the test wants.
    func send(frame: WebSocketFrame) async throws { try await channel.writeAndFlush(frame).get() }

    /// Sends bytes past the frame encoder.
    func send(rawBytes: some Sequence<UInt8> & Sendable) async throws {
        try await channel.eventLoop.flatSubmit { [channel] in
            let written = channel.eventLoop.makePromise(of: Void.self)
            do {
                let encoder = try channel.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
                encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: rawBytes)), promise: written)
            } catch {
                written.fail(error)
            }
            return written.futureResult
        }.get()
    }

    /// Closes with a handshake and returns the server's answer.
    ///
    /// - Parameters:
    ///   - code: The close code to send; nil sends a close frame without a body.
    ///   - reason: Sent after the code.
    ///   - timeout: How long the server may take to answer.
    /// - Returns: The code and reason in the server's close frame.
    /// - Throws: ``HarnessError/timedOut(waitingFor:after:detail:)`` when the server does not close.
    @discardableResult
    func close(code: UInt16? = 1000, reason: String = "", timeout: Duration = .seconds(10)) async throws -> CloseEvent {
        try await channel.eventLoop.submit { [channel] in
            try channel.pipeline.syncOperations.handler(type: WebSocketClientHandler.self).willSendClose()
        }.get()
        try await send(frame: .maskedClose(code: code, reason: reason))
        return try await waitForClose(timeout: timeout)
    }

    /// Begins to end the TCP connection without a close frame; whoever reads finds out.
    func abandon() {
        channel.close(promise: nil)
    }

    /// Ends the TCP connection without a close frame and resets it: what the server still sends cannot be written.
    func reset() async throws {
        guard let socket = channel as? any SocketOptionProvider else {
            throw HarnessError.unexpected("the client is not connected by a socket")
        }
        try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        await drop()
    }

    /// Ends the TCP connection without a close frame, as a crashed browser does.
    func drop() async {
        channel.close(promise: nil)
        try? await channel.closeFuture.get()
    }
}
