import NIOCore

/// One connection of a swarm, on whose event loop it lives; it remembers just enough to be asked about.
final class SwarmClient: WebSocketReceiver {
    private(set) var lastText: String?
    private(set) var frames = 0
    private(set) var bytes = 0
    private(set) var closeEvent: CloseEvent?
    /// The text that it looks out for, and how many times that came.
    private var awaited: String?
    private(set) var sightings = 0
    var channel: (any Channel)?

    var isOpen: Bool { channel != nil && closeEvent == nil }

    func received(_ message: WebSocketMessage) {
        switch message {
        case .text(let text):
            lastText = text
            if text == awaited { sightings += 1 }
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

    /// Counts a text from now on, whatever comes before and after it.
    func lookOut(for text: String) {
        awaited = text
        sightings = 0
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
