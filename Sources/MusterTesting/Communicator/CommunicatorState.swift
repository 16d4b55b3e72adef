import Consumers

/// What a communicator knows of its connection.
struct CommunicatorState: Sendable {
    enum Phase: Sendable {
        case new
        case open(any ConsumerSession)
        case closed(CloseCode)
    }

    /// As many frames as may wait to be looked at; one more and the connection is closed, as a front does.
    static let frameLimit = 1024
    /// As many events as a front lets wait before it stops reading from the client.
    static let eventLimit = 64

    var phase = Phase.new
    var frames: [OutboundFrame] = []
    /// Events that the session was given, and those that the consumer is done with.
    var delivered = 0
    var handled = 0
    /// Whether the consumer threw: it hears of nothing more but the end.
    var hasThrown = false
    /// What the consumer's last failing method threw.
    var failure: String?
    /// What a test's author should know when a frame does not come.
    var hint = ""

    /// The session of an open connection.
    var session: (any ConsumerSession)? {
        if case .open(let session) = phase { session } else { nil }
    }

    var closeCode: CloseCode? {
        if case .closed(let code) = phase { code } else { nil }
    }

    /// Why nothing can be sent or received, if so.
    var obstacle: CommunicatorError? {
        switch phase {
        case .new: .notConnected
        case .open: nil
        case .closed(let code): .closed(code, hint: hint)
        }
    }

    mutating func handled(_ error: (any Error)?) {
        guard let error else {
            handled += 1
            return
        }
        hasThrown = true
        // What waited is dropped.
        handled = delivered
        if !(error is Closing) { failure = "\(error)" }
        hint = "the consumer threw: \(error)"
    }
}
