import RedisBackends
import Synchronization
import WebSocketServer

/// What the layer, which is made first, tells others of the front that is made after it.
final class RunningFront: Sendable {
    private struct State {
        var front: Front?
        var address = ""
    }

    private let state = Mutex(State())

    func hold(_ front: Front) {
        state.withLock { $0.front = front }
    }

    func listens(host: String, port: Int) {
        // An address with colons of its own needs brackets.
        let host = host.contains(":") ? "[\(host)]" : host
        state.withLock { $0.address = "\(host):\(port)" }
    }

    /// As of now.
    var details: FrontDetails {
        let (front, address) = state.withLock { ($0.front, $0.address) }
        return FrontDetails(address: address, connections: front?.connectionCount ?? 0, version: Version.current)
    }
}
