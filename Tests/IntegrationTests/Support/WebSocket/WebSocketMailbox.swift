import NIOCore

/// Keeps what a WebSocket received until the test asks for it; belongs to the connection's event loop.
final class WebSocketMailbox: WebSocketReceiver {
    private struct Waiter {
        var promise: EventLoopPromise<WebSocketMessage>
        var timeout: Scheduled<Void>
    }

    private let limit: Int
    private var messages: CircularBuffer<WebSocketMessage> = []
    private var waiters: CircularBuffer<Waiter> = []
    private var overflowed = false
    private(set) var closeEvent: CloseEvent?

    /// Makes an empty mailbox.
    ///
    /// - Parameter limit: How many messages may lie unread; when another one comes, the next read fails.
    init(limit: Int) {
        self.limit = limit
    }

    func received(_ message: WebSocketMessage) {
        if let waiter = waiters.popFirst() {
            waiter.timeout.cancel()
            waiter.promise.succeed(message)
        } else if messages.count < limit {
            messages.append(message)
        } else {
            overflowed = true
        }
    }

    func closed(_ event: CloseEvent) {
        closeEvent = event
        while let waiter = waiters.popFirst() {
            waiter.timeout.cancel()
            waiter.promise.fail(HarnessError.closed(event))
        }
    }

    /// The oldest unread message, as soon as there is one.
    func next(within timeout: Duration, on loop: any EventLoop) -> EventLoopFuture<WebSocketMessage> {
        guard !overflowed else { return loop.makeFailedFuture(HarnessError.bufferOverflow(limit: limit)) }
        if let message = messages.popFirst() { return loop.makeSucceededFuture(message) }
        if let closeEvent { return loop.makeFailedFuture(HarnessError.closed(closeEvent)) }
        let promise = loop.makePromise(of: WebSocketMessage.self)
        let scheduled = loop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { [weak self] in
            if let self { self.timeOut(promise, after: timeout) }
        }
        waiters.append(Waiter(promise: promise, timeout: scheduled))
        return promise.futureResult
    }

    /// How many messages lie unread.
    var unreadCount: Int { messages.count }

    private func timeOut(_ promise: EventLoopPromise<WebSocketMessage>, after timeout: Duration) {
        waiters.removeAll { $0.promise.futureResult === promise.futureResult }
        promise.fail(HarnessError.timedOut(waitingFor: "a WebSocket message", after: timeout, detail: ""))
    }
}
