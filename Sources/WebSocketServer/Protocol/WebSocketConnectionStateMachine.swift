package import Consumers
package import NIOCore

/// The life of an upgraded connection: its closing handshake (RFC 6455 sections 5.5.1 and 7) and its keep-alive.
///
/// Pure: it reads no clock and sends nothing. Each event returns what is to be done, and an event that comes late (a
/// timer that has already fired, a second close, bytes behind the peer's close frame) is ignored, never an error. At
/// most one close frame is ever sent, nothing is sent behind it, and the consumer is told of the end exactly once.
///
///     open ── closeRequested ──▶ closeSent ── receivedClose, protocolFailure ──▶ shuttingDown
///      ├───── receivedClose, protocolFailure ──────────────────────────────────────▲  │
///      └───── keepAliveTick without a sign of life ──▶ dropped ◀── closeTimedOut ─────┘ (or from closeSent)
///
/// and from each of them `transportClosed` leads to `finished`.
package enum WebSocketConnectionStateMachine: Sendable, Hashable {
    /// Messages go both ways. Goes to `closeSent` (we close first), `shuttingDown` (the peer closes first, or breaks the
    /// protocol), `dropped` (it gives no sign of life), `finished` (it is gone without a word).
    ///
    /// `isPingOutstanding`: whether nothing was heard of the peer since it was pinged.
    case open(isPingOutstanding: Bool)
    /// Our close frame is out and nothing may follow it; the peer may still send, and its close frame is waited for. Goes
    /// to `shuttingDown` (it came, or nonsense did), `dropped` (it did not come in time), `finished`.
    case closeSent
    /// Nothing is sent or taken any more and the sending half is closed; the transport's end is waited for. Goes to
    /// `dropped` (it did not come in time), `finished`. `outcome` is what the consumer will be told.
    case shuttingDown(outcome: CloseCode)
    /// The transport was told to go at once. Goes to `finished`. `outcome` is what the consumer will be told.
    case dropped(outcome: CloseCode)
    /// The transport is gone and the consumer is told. Stays.
    case finished

    /// A connection that has just been upgraded.
    package init() {
        self = .open(isPingOutstanding: false)
    }

    /// Whether messages may be sent and are taken: `open`.
    package var takesData: Bool {
        if case .open = self { true } else { false }
    }

    // MARK: - Frames of the peer

    /// A text, binary or continuation frame came: `deliver` or `ignore`.
    package mutating func receivedData() -> Action {
        guard heard() else { return .ignore }
        return .deliver
    }

    /// A ping came: `sendPong` or `ignore`.
    package mutating func receivedPing(_ payload: ByteBuffer) -> Action {
        guard heard() else { return .ignore }
        return .sendPong(payload)
    }

    /// A pong came, asked for or not: `ignore`.
    package mutating func receivedPong() -> Action {
        _ = heard()
        return .ignore
    }

    /// A close frame came: `replyCloseAndShutDown` with the same code, `shutDown` if ours was sent before, or `ignore`.
    package mutating func receivedClose(_ close: ClosePayload) -> Action {
        switch self {
        case .open:
            self = .shuttingDown(outcome: close.code)
            return .replyCloseAndShutDown(ClosePayload(code: close.code))
        case .closeSent:
            self = .shuttingDown(outcome: close.code)
            return .shutDown
        // A connection that failed must not heed a close frame either (section 7.1.7).
        case .shuttingDown, .dropped, .finished:
            return .ignore
        }
    }

    /// The peer broke the protocol or a limit: `sendCloseAndShutDown`, `shutDown` if a close frame was sent before, or
    /// `ignore`.
    package mutating func protocolFailure(_ code: CloseCode, reason: String = "") -> Action {
        switch self {
        case .open:
            self = .shuttingDown(outcome: .abnormal)
            return .sendCloseAndShutDown(ClosePayload(code: code, reason: reason))
        case .closeSent:
            self = .shuttingDown(outcome: .abnormal)
            return .shutDown
        case .shuttingDown, .dropped, .finished:
            return .ignore
        }
    }

    // MARK: - Our side

    /// The consumer, an overflow or a shutdown wants the connection closed: `sendClose` the first time, then `ignore`.
    package mutating func closeRequested(_ code: CloseCode, reason: String = "") -> Action {
        guard case .open = self else { return .ignore }
        self = .closeSent
        return .sendClose(ClosePayload(code: code, reason: reason))
    }

    /// A ping interval has passed.
    ///
    /// Only an open connection is pinged; while it closes, the close timer rules.
    ///
    /// - Parameter heard: Whether any byte came since the tick before, be it the middle of a long frame.
    /// - Returns: `ignore`, `sendPing`, or `timeOut` if nothing was heard since the last ping.
    package mutating func keepAliveTick(heard: Bool) -> Action {
        guard case .open(let isPingOutstanding) = self else { return .ignore }
        if heard {
            self = .open(isPingOutstanding: false)
            return .ignore
        }
        if isPingOutstanding {
            self = .dropped(outcome: .abnormal)
            return .timeOut
        }
        self = .open(isPingOutstanding: true)
        return .sendPing
    }

    /// The time for the closing handshake is over: `drop` or `ignore`.
    package mutating func closeTimedOut() -> Action {
        switch self {
        case .closeSent:
            self = .dropped(outcome: .abnormal)
            return .drop
        case .shuttingDown(let outcome):
            self = .dropped(outcome: outcome)
            return .drop
        case .open, .dropped, .finished:
            return .ignore
        }
    }

    /// The transport is gone, whoever closed it: `finished` the first time, then `ignore`.
    package mutating func transportClosed() -> Action {
        defer { self = .finished }
        switch self {
        case .open, .closeSent: return .finished(.abnormal)
        case .shuttingDown(let outcome), .dropped(let outcome): return .finished(outcome)
        case .finished: return .ignore
        }
    }

    /// Notes a sign of life; tells whether what came counts.
    private mutating func heard() -> Bool {
        guard case .open = self else { return false }
        self = .open(isPingOutstanding: false)
        return true
    }
}
