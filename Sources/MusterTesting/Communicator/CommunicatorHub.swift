import ChannelLayers
import Consumers
import Messages
import Synchronization

/// What a front is to its connections: takes one layer's messages and passes them to the communicators on that layer.
final class CommunicatorHub: ChannelLayerReceiver {
    private typealias Members = [ChannelName: ConsumerCommunicator]

    private struct State {
        var connected: Members = [:]
        var groups: [GroupName: Members] = [:]
    }

    private let state = Mutex(State())

    // MARK: - One hub per layer

    /// A layer's hub; the layer holds it, this only finds it.
    private struct Entry {
        weak var layer: AnyObject?
        weak var hub: CommunicatorHub?
    }

    private static let hubs = Mutex<[ObjectIdentifier: Entry]>([:])

    /// The hub of a layer; the first call attaches it.
    static func hub(of layer: any ChannelLayer & AnyObject) -> CommunicatorHub {
        hubs.withLock { hubs in
            let id = ObjectIdentifier(layer)
            if let entry = hubs[id], entry.layer === layer, let hub = entry.hub { return hub }
            hubs = hubs.filter { $0.value.layer != nil }
            let hub = CommunicatorHub()
            layer.attach(hub)
            hubs[id] = Entry(layer: layer, hub: hub)
            return hub
        }
    }

    // MARK: - Who is where

    func add(_ communicator: ConsumerCommunicator) {
        state.withLock { $0.connected[communicator.channel] = communicator }
    }

    func remove(_ communicator: ConsumerCommunicator) {
        state.withLock { $0.connected[communicator.channel] = nil }
    }

    func join(_ communicator: ConsumerCommunicator, group: GroupName) {
        state.withLock { $0.groups[group, default: [:]][communicator.channel] = communicator }
    }

    func leave(_ communicator: ConsumerCommunicator, group: GroupName) {
        state.withLock { state in
            state.groups[group]?[communicator.channel] = nil
            if state.groups[group]?.isEmpty == true { state.groups[group] = nil }
        }
    }

    // MARK: - Messages

    func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        let members = state.withLock { ($0.groups[group] ?? [:]).filter { $0.key != excluded }.values }
        // As in a front, members of one consumer type share one rendering.
        var renderings: [ObjectIdentifier: Result<Rendering, any Error>] = [:]
        for member in members {
            let rendering = renderings[member.kind.id] ?? Result { try member.kind.render(message) }
            renderings[member.kind.id] = rendering
            member.receive(message, group: group, rendering)
        }
    }

    func gap(in groups: [GroupName]) {
        for member in state.withLock({ $0.connected.values }) { member.tellGap(in: groups) }
    }

    func receive(_ message: Message, channels: [ChannelName]) {
        for member in state.withLock({ state in channels.compactMap { state.connected[$0] } }) {
            member.receive(message, Result { try member.kind.render(message) })
        }
    }
}
