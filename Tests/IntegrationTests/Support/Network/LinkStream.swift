import NIOCore

/// What the connections of a ``FaultyLink`` share, on its one event loop.
final class LinkTraffic {
    var fault = LinkFault.none {
        didSet {
            for stream in streams.values { stream.drain() }
        }
    }
    /// The port of the server that new connections go to.
    var server: Int
    /// How long each byte takes.
    var delay = TimeAmount.zero
    var channels: [ObjectIdentifier: any Channel] = [:]
    var streams: [ObjectIdentifier: LinkStream] = [:]
    var accepted = 0

    init(server: Int) {
        self.server = server
    }

    func add(_ channel: any Channel, source stream: LinkStream) {
        let key = ObjectIdentifier(channel)
        channels[key] = channel
        streams[key] = stream
    }

    func closeAll() {
        for channel in channels.values { channel.close(promise: nil) }
    }
}

/// One direction of one connection through a ``FaultyLink``.
final class LinkStream {
    private let direction: LinkDirections
    private let target: any Channel
    private let traffic: LinkTraffic
    /// What waits: bytes, or `nil` for the end.
    private var waiting: [(due: NIODeadline, bytes: ByteBuffer?)] = []
    /// Whether something is missing, so that nothing that follows could be understood.
    private var isBroken = false

    init(_ direction: LinkDirections, to target: any Channel, of traffic: LinkTraffic) {
        self.direction = direction
        self.target = target
        self.traffic = traffic
    }

    /// Takes bytes, or the end, from the side that this stream comes from.
    func take(_ bytes: ByteBuffer?) {
        guard !isBroken else { return }
        if case .swallowed(let directions) = traffic.fault, directions.contains(direction) {
            isBroken = true
            return
        }
        if traffic.fault == .deaf, direction == .toClient, let bytes, Self.isPublication(bytes) { return }
        waiting.append((.now() + traffic.delay, bytes))
        drain()
    }

    /// Passes on what is due.
    func drain() {
        while let next = waiting.first, !isHeld {
            guard next.due <= .now() else {
                target.eventLoop.assumeIsolated().scheduleTask(deadline: next.due) { self.drain() }
                return
            }
            waiting.removeFirst()
            if let bytes = next.bytes {
                target.writeAndFlush(bytes, promise: nil)
            } else {
                target.close(promise: nil)
            }
        }
    }

    /// Whether these bytes hold a message of Redis' pub/sub; with little going on, they hold nothing else.
    private static func isPublication(_ bytes: ByteBuffer) -> Bool {
        String(buffer: bytes).contains("message\r\n")
    }

    private var isHeld: Bool {
        if case .held(let directions) = traffic.fault { directions.contains(direction) } else { false }
    }
}

/// Hands what comes out of one side of a connection to its stream.
final class LinkEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let stream: LinkStream
    private let traffic: LinkTraffic

    init(_ stream: LinkStream, of traffic: LinkTraffic) {
        self.stream = stream
        self.traffic = traffic
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        stream.take(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        traffic.channels[ObjectIdentifier(context.channel)] = nil
        // The stream stays in the table while something of it waits; it is small, and a test's own.
        stream.take(nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset shows as the end that follows.
        context.close(promise: nil)
    }
}
