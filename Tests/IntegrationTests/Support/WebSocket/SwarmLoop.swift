import NIOCore
import NIOWebSocket

/// The clients of a swarm that live on one event loop; belongs to that loop.
final class SwarmLoop {
    /// Connections being opened at a time: more would overrun a server's backlog and measure nothing but that.
    private static let openingAtOnce = 64

    private let loop: any EventLoop
    private let handshakes: [WebSocketHandshake]
    private var clients: [SwarmClient] = []

    init(loop: any EventLoop, handshakes: [WebSocketHandshake]) {
        self.loop = loop
        self.handshakes = handshakes
    }

    /// Opens clients, a few at a time; fails with the first error once none is being opened any more.
    func open(_ count: Int) -> EventLoopFuture<Void> {
        let opening = Opening(remaining: count, done: loop.makePromise())
        continueOpening(opening)
        return opening.done.futureResult
    }

    func tally() -> SwarmTally {
        clients.reduce(into: SwarmTally()) { $0.add($1) }
    }

    func lookOut(for text: String) {
        for client in clients { client.lookOut(for: text) }
    }

    func resetCounts() {
        for client in clients { client.resetCounts() }
    }

    /// Ends up to `count` open clients, the oldest first.
    ///
    /// - Parameters:
    ///   - count: How many at most.
    ///   - ending: With a closing handshake, or without one.
    /// - Returns: When their connections are closed.
    func close(_ count: Int, _ ending: ClientSwarm.Ending) -> EventLoopFuture<Void> {
        let closing = clients.lazy.filter(\.isOpen).compactMap(\.channel).prefix(count).map { channel in
            self.close(channel, ending)
            return channel.closeFuture
        }
        return .andAllComplete(Array(closing), on: loop)
    }

    /// Sends one text from every open client.
    func sendFromEach(_ text: String) {
        let data = ByteBuffer(string: text)
        for client in clients where client.isOpen {
            client.channel?.writeAndFlush(WebSocketFrame.masked(.text, data), promise: nil)
        }
    }

    // MARK: Private

    private final class Opening {
        var remaining: Int
        var inFlight = 0
        var firstError: (any Error)?
        let done: EventLoopPromise<Void>

        init(remaining: Int, done: EventLoopPromise<Void>) {
            self.remaining = remaining
            self.done = done
        }
    }

    private func continueOpening(_ opening: Opening) {
        while opening.remaining > 0, opening.firstError == nil, opening.inFlight < Self.openingAtOnce {
            opening.remaining -= 1
            opening.inFlight += 1
            openOne().assumeIsolated().whenComplete { result in
                opening.inFlight -= 1
                if case .failure(let error) = result { opening.firstError = opening.firstError ?? error }
                self.continueOpening(opening)
            }
        }
        guard opening.inFlight == 0 else { return }
        if let error = opening.firstError {
            opening.done.fail(error)
        } else {
            opening.done.succeed(())
        }
    }

    private func openOne() -> EventLoopFuture<Void> {
        let client = SwarmClient()
        let handshake = handshakes[clients.count % handshakes.count]
        clients.append(client)
        let bound = NIOLoopBound(client, eventLoop: loop)
        return handshake.connect(on: loop) { channel in
            bound.value.channel = channel
            try channel.pipeline.syncOperations.addHandler(WebSocketClientHandler(receiver: bound.value))
        }
        .map { _ in }
    }

    private func close(_ channel: any Channel, _ ending: ClientSwarm.Ending) {
        switch ending {
        case .handshake(let code):
            channel.writeAndFlush(WebSocketFrame.maskedClose(code: code), promise: nil)
        case .drop:
            channel.close(promise: nil)
        }
    }
}
