import NIOCore

/// One connection of a swarm, on whose event loop it lives; it remembers just enough to be asked about.
final class SwarmClient: WebSocketReceiver {
    private(set) var lastText: String?
    private(set) var frames = 0
    private(set) var bytes = 0
    private(set) var closeEvent: CloseEvent?
    var channel: (any Channel)?

    var isOpen: Bool { channel != nil && closeEvent == nil }

    func received(_ message: WebSocketMessage) {
        switch message {
        case .text(let text):
            lastText = text
            count(text.utf8.count)
        case .binary(let data):
            count(data.readableBytes)
        case .ping, .pong:
            break
        }
    }

    func closed(_ event: CloseEvent) {
        closeEvent = event
        channel = nil
    }

    func resetCounts() {
        frames = 0
        bytes = 0
    }

    private func count(_ size: Int) {
        frames += 1
        bytes += size
    }
}
