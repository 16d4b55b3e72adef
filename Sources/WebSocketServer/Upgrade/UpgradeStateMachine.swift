/// The life of a connection until it is a WebSocket for good, an HTTP connection, or refused.
///
/// A connection may become a WebSocket with its first request, or, kept alive, with a later one (load balancers reuse
/// connections): then the HTTP application is first told that no further request comes, finishes what it has, and
/// closes its side, which is what starts the upgrade.
enum UpgradeStateMachine<Accepted, Refused> {
    /// What is done instead of HTTP.
    enum Turn {
        case accept(Accepted)
        case refuse(Refused)
    }

    /// No request yet. Goes to `http`, `turning`, `turned` (refused) or `ended`.
    case waiting
    /// The HTTP application answers. Goes to `finishingHTTP` with a request for a WebSocket path.
    case http
    /// The HTTP application is finishing; the request that ended it may still be arriving, which matters if it is taken:
    /// the rest of one that is refused may be long, or never come. Goes to `turning` or `turned`.
    case finishingHTTP(Turn, isRequestComplete: Bool)
    /// A first request for a WebSocket path; its end has yet to arrive. Goes to `turned`.
    case turning(Turn)
    /// The connection is a WebSocket or was refused; nothing here matters any more.
    case turned
    /// The connection is gone.
    case ended

    /// What the handler does after a request's head.
    enum HeadAction {
        /// Install the HTTP application, then pass the head on.
        case startHTTP
        /// Pass the head on.
        case pass
        /// Tell the HTTP application that no further request comes.
        case finishHTTP
        /// Answer, without waiting for the request's body.
        case take(Turn)
        /// Keep quiet.
        case swallow
    }

    mutating func received(_ turn: Turn?) -> HeadAction {
        switch (self, turn) {
        case (.waiting, nil):
            self = .http
            return .startHTTP
        case (.waiting, .refuse(let refusal)?):
            self = .turned
            return .take(.refuse(refusal))
        case (.waiting, let turn?):
            self = .turning(turn)
            return .swallow
        case (.http, nil):
            return .pass
        case (.http, .refuse(let refusal)?):
            self = .finishingHTTP(.refuse(refusal), isRequestComplete: true)
            return .finishHTTP
        case (.http, let turn?):
            self = .finishingHTTP(turn, isRequestComplete: false)
            return .finishHTTP
        case (.finishingHTTP, _), (.turning, _), (.turned, _), (.ended, _):
            return .swallow
        }
    }

    /// What the handler does after a request's end, or when the HTTP application has closed its side.
    enum Action {
        case pass
        case swallow
        case take(Turn)
    }

    mutating func receivedEnd() -> Action {
        switch self {
        case .http:
            return .pass
        case .turning(let turn):
            self = .turned
            return .take(turn)
        case .finishingHTTP(let turn, _):
            self = .finishingHTTP(turn, isRequestComplete: true)
            return .swallow
        case .waiting, .turned, .ended:
            return .swallow
        }
    }

    /// The HTTP application has written its last response.
    mutating func httpFinished() -> Action {
        switch self {
        case .finishingHTTP(let turn, isRequestComplete: true):
            self = .turned
            return .take(turn)
        case .finishingHTTP(let turn, isRequestComplete: false):
            self = .turning(turn)
            return .swallow
        case .waiting, .http, .turning, .turned, .ended:
            return .pass
        }
    }

    /// Nothing came in time; returns whether the connection is to be closed.
    mutating func timedOut() -> Bool {
        guard case .waiting = self else { return false }
        self = .ended
        return true
    }

    mutating func connectionClosed() {
        self = .ended
    }
}

extension UpgradeStateMachine.Turn: Equatable where Accepted: Equatable, Refused: Equatable {}
extension UpgradeStateMachine.HeadAction: Equatable where Accepted: Equatable, Refused: Equatable {}
extension UpgradeStateMachine.Action: Equatable where Accepted: Equatable, Refused: Equatable {}
