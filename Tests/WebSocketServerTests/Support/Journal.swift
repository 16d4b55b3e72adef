import ChannelLayers
import Consumers
import NIOPosix
import Synchronization

/// What the consumers of a test saw, in order.
final class Journal: Sendable {
    enum Entry: Sendable, Hashable {
        case connected
        case text(String)
        case binary([UInt8])
        case disconnected(CloseCode)
    }

    private struct State {
        var entries: [(channel: ChannelName, entry: Entry)] = []
        var loops: Set<ObjectIdentifier> = []
    }

    private let state = Mutex(State())

    func add(_ entry: Entry, channel: ChannelName) {
        state.withLock { $0.entries.append((channel, entry)) }
    }

    /// Notes on which event loop the caller runs.
    func noteLoop() {
        guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else { return }
        state.withLock { _ = $0.loops.insert(ObjectIdentifier(loop)) }
    }

    /// How many event loops consumers were called on.
    var loopCount: Int { state.withLock { $0.loops.count } }

    /// What all consumers saw.
    var entries: [Entry] { state.withLock { $0.entries.map(\.entry) } }

    /// What consumers saw, apart for each connection.
    var entriesByChannel: [ChannelName: [Entry]] {
        state.withLock { state in
            state.entries.reduce(into: [:]) { $0[$1.channel, default: []].append($1.entry) }
        }
    }

    /// How the connections ended, in order.
    var endings: [CloseCode] {
        entries.compactMap { entry in
            if case .disconnected(let code) = entry { code } else { nil }
        }
    }

    /// Waits until so many connections have ended; returns how.
    func endings(_ count: Int) async throws -> [CloseCode] {
        try await eventually("\(count) consumers are told of the end") { endings.count >= count }
        return endings
    }
}
