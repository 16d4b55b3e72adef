import Foundation
import NIOCore

/// Sorts what a browser's DevTools socket delivers: replies to their callers, page errors to a list.
///
/// Belongs to the connection's event loop.
final class DevToolsReplies: WebSocketReceiver {
    /// How many console events are kept for error messages.
    private static let keptEvents = 50

    private struct Head: Decodable {
        var id: Int?
        var method: String?
    }

    private var nextID = 1
    private var pending: [Int: EventLoopPromise<Data>] = [:]
    private var closeEvent: CloseEvent?
    private(set) var consoleEvents: [String] = []

    /// Registers a call: the number to send with it, and the promise of the whole reply.
    func register(
        _ method: String,
        on loop: any EventLoop,
        timeout: TimeAmount
    ) -> (id: Int, reply: EventLoopFuture<Data>) {
        let id = nextID
        nextID += 1
        if let closeEvent { return (id, loop.makeFailedFuture(HarnessError.closed(closeEvent))) }
        let promise = loop.makePromise(of: Data.self)
        pending[id] = promise
        let deadline = loop.assumeIsolated().scheduleTask(in: timeout) {
            self.pending[id] = nil
            let events = self.consoleEvents.suffix(5).joined(separator: "\n")
            promise.fail(
                HarnessError.timedOut(
                    waitingFor: "Chromium's answer to \(method)",
                    after: .nanoseconds(timeout.nanoseconds),
                    detail: events
                )
            )
        }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        return (id, promise.futureResult)
    }

    func received(_ message: WebSocketMessage) {
        guard case .text(let text) = message else { return }
        let data = Data(text.utf8)
        guard let head = try? JSONDecoder().decode(Head.self, from: data) else {
            return note("not understood: \(text)")
        }
        if let id = head.id {
            pending.removeValue(forKey: id)?.succeed(data)
        } else if ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].contains(head.method) {
            note(text)
        }
    }

    func closed(_ event: CloseEvent) {
        closeEvent = event
        for promise in pending.values { promise.fail(HarnessError.closed(event)) }
        pending = [:]
    }

    private func note(_ event: String) {
        if consoleEvents.count == Self.keptEvents { consoleEvents.removeFirst() }
        consoleEvents.append(String(event.prefix(500)))
    }
}
