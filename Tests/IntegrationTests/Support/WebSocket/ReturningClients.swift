import Synchronization

/// Clients that connect again at once when they are closed with 1012, as they are asked to; any other end is their last.
///
/// A task each: for hundreds, not for thousands.
final class ReturningClients: Sendable {
    /// What they have seen.
    struct Tally: Sendable, Equatable {
        /// Clients whose connection is open.
        var open = 0
        /// How many were told to come back.
        var returns = 0
        /// Ends with another code than 1012, and connections that could not be opened.
        var failures: [String] = []
        /// How many open clients have each text as their last one on this connection.
        var lastTexts: [String?: Int] = [:]
    }

    private struct State {
        var connections: [WebSocketClient?]
        var lastTexts: [String?]
        var returns = 0
        var failures: [String] = []
        var isEnding = false
    }

    private let url: String
    private let state: Mutex<State>

    private init(_ count: Int, _ url: String) {
        self.url = url
        state = Mutex(
            State(connections: Array(repeating: nil, count: count), lastTexts: Array(repeating: nil, count: count))
        )
    }

    /// Runs `body` beside so many clients, which are open when it begins, and ends them after it.
    static func with(_ count: Int, _ url: String, _ body: (ReturningClients) async throws -> Void) async throws {
        let clients = ReturningClients(count, url)
        try await withThrowingTaskGroup { tasks in
            for index in 0..<count { tasks.addTask { await clients.live(index) } }
            defer { clients.end() }
            try await eventually("all clients are open", timeout: .seconds(60)) { clients.tally.open == count }
            try await body(clients)
        }
    }

    /// As of now.
    var tally: Tally {
        state.withLock { state in
            var tally = Tally(returns: state.returns, failures: state.failures)
            for (connection, text) in zip(state.connections, state.lastTexts) where connection != nil {
                tally.open += 1
                tally.lastTexts[text, default: 0] += 1
            }
            return tally
        }
    }

    private func live(_ index: Int) async {
        while !state.withLock({ $0.isEnding }) {
            do {
                let client = try await WebSocketClient.connect(url)
                state.withLock { state in
                    state.connections[index] = client
                    state.lastTexts[index] = nil
                }
                while true {
                    let text = try await client.nextText(timeout: .seconds(600))
                    state.withLock { $0.lastTexts[index] = text }
                }
            } catch {
                let returns = state.withLock { state in
                    state.connections[index] = nil
                    if case HarnessError.closed(let event) = error, event.code == 1012 {
                        state.returns += 1
                        return true
                    }
                    if !state.isEnding { state.failures.append("client \(index): \(error)") }
                    return false
                }
                guard returns else { return }
            }
        }
    }

    private func end() {
        let connections = state.withLock { state in
            state.isEnding = true
            return state.connections
        }
        for connection in connections { connection?.abandon() }
    }
}
