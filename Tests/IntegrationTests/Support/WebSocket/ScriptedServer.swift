import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A small WebSocket server inside the test process, to prove the clients and the load balancer without `muster`.
///
/// It greets each connection with its own name, echoes texts, repeats a text to all on ``broadcast(_:)``, and closes
/// with the code in a text `close CODE`. Requests without an upgrade get 200, or 503 after ``setReady(_:)`` with false.
final class ScriptedServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let state: NIOLoopBound<ScriptedServerState>

    private init(port: Int, channel: any Channel, state: NIOLoopBound<ScriptedServerState>) {
        self.port = port
        self.channel = channel
        self.state = state
    }

    /// Listens on a free port of 127.0.0.1, everything on one event loop.
    static func start(named name: String = "server") async throws -> ScriptedServer {
        ResourceLimits.raiseOpenFiles()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let state = try await loop.submit { NIOLoopBound(ScriptedServerState(name: name), eventLoop: loop) }.get()
        let channel = try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel, state) }
            }
            .bind(host: "127.0.0.1", port: FreePort.pick())
            .get()
        guard let port = channel.localAddress?.port else {
            throw HarnessError.unexpected("the scripted server has no port")
        }
        return ScriptedServer(port: port, channel: channel, state: state)
    }

    var webSocketURL: String { "ws://127.0.0.1:\(port)/" }

    /// How many WebSockets are open.
    var connections: Int {
        get async throws { try await channel.eventLoop.submit { [state] in state.value.channels.count }.get() }
    }

    /// Decides what requests without an upgrade are answered from now on.
    func setReady(_ ready: Bool) async throws {
        try await channel.eventLoop.submit { [state] in state.value.ready = ready }.get()
    }

    /// Sends one text to all connections.
    func broadcast(_ text: String) async throws {
        try await channel.eventLoop.submit { [state] in state.value.broadcast(text) }.get()
    }

    /// Stops listening and drops all connections.
    func stop() async throws {
        try await channel.close().get()
        try await channel.eventLoop.submit { [state] in state.value.dropAll() }.get()
    }

    private static func configure(_ channel: any Channel, _ state: NIOLoopBound<ScriptedServerState>) throws {
        let upgrader = NIOTypedWebSocketServerUpgrader<Bool>(
            shouldUpgrade: { channel, head in
                let accepts = !head.uri.hasPrefix("/refuse")
                return channel.eventLoop.makeSucceededFuture(accepts ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ScriptedConnection(state.value))
                    return true
                }
            }
        )
        let configuration = NIOUpgradableHTTPServerPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ScriptedHTTP(state.value))
                        return false
                    }
                }
            )
        )
        _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: configuration)
    }
}

/// What the connections of a ``ScriptedServer`` share, on its one event loop.
private final class ScriptedServerState {
    let name: String
    var ready = true
    var channels: [ObjectIdentifier: any Channel] = [:]

    init(name: String) {
        self.name = name
    }

    func broadcast(_ text: String) {
        let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
        for channel in channels.values { channel.writeAndFlush(frame, promise: nil) }
    }

    func dropAll() {
        for channel in channels.values { channel.close(promise: nil) }
    }
}

/// One WebSocket of a ``ScriptedServer``.
private final class ScriptedConnection: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let state: ScriptedServerState

    init(_ state: ScriptedServerState) {
        self.state = state
    }

    func handlerAdded(context: ChannelHandlerContext) {
        state.channels[ObjectIdentifier(context.channel)] = context.channel
        send(.text, ByteBuffer(string: state.name), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.channels[ObjectIdentifier(context.channel)] = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: receivedText(String(buffer: frame.unmaskedData), context)
        case .ping: send(.pong, frame.unmaskedData, context)
        case .connectionClose:
            send(.connectionClose, frame.unmaskedData, context)
            context.close(promise: nil)
        default: break
        }
    }

    private func receivedText(_ text: String, _ context: ChannelHandlerContext) {
        guard text.hasPrefix("close "), let code = UInt16(text.dropFirst(6)) else {
            return send(.text, ByteBuffer(string: text), context)
        }
        var data = ByteBuffer(integer: code)
        data.writeString("as asked")
        send(.connectionClose, data, context)
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }
}

/// A request without an upgrade to a ``ScriptedServer``.
private final class ScriptedHTTP: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: ScriptedServerState

    init(_ state: ScriptedServerState) {
        self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let body = ByteBuffer(string: state.name)
        let headers = HTTPHeaders([("Content-Length", String(body.readableBytes)), ("Connection", "close")])
        let status: HTTPResponseStatus = state.ready ? .ok : .serviceUnavailable
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}
