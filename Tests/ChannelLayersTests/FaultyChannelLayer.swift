import ChannelLayers
import Messages
import Synchronization

/// An in-memory layer with one fault.
final class FaultyChannelLayer: ChannelLayer {
    enum Fault: Sendable {
        case repeatsNames, losesJoins, joinsAnotherToo, refusesEmptyGroups, keepsMembers, leavesEverything, answersTwice
        case losesFirstMessage, swapsMessages, doublesMessages, sendsNothing, losesBytes
        case countsOneTooMany, announcesNothing, announcesEveryChange
    }

    private let fault: Fault
    private let inner = InMemoryChannelLayer()
    private let knownGroups = Mutex<Set<GroupName>>([])

    init(_ fault: Fault) {
        self.fault = fault
    }

    var readiness: Readiness { inner.readiness }

    func run() async { await inner.run() }

    func newChannel() -> ChannelName {
        fault == .repeatsNames ? ChannelName(front: "specific.same", serial: 1) : inner.newChannel()
    }

    func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        knownGroups.withLock { _ = $0.insert(group) }
        if fault == .losesJoins {
            whenDone(.success(()))
            return
        }
        if fault == .joinsAnotherToo { inner.groupAdd(inner.newChannel(), to: group) { _ in } }
        if fault == .answersTwice { whenDone(.success(())) }
        inner.groupAdd(channel, to: group, whenDone: whenDone)
    }

    func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) {
        switch fault {
        case .keepsMembers: break
        case .leavesEverything: inner.groupDiscard(channel, from: knownGroups.withLock { Array($0) })
        default: inner.groupDiscard(channel, from: groups)
        }
    }

    func groupSend(_ message: Message, to group: GroupName) async throws(ChannelLayerError) {
        if fault == .refusesEmptyGroups, try await inner.groupCount(group) == 0 {
            throw ChannelLayerError(code: .refused, message: "nobody is in \(group)")
        }
        try await inner.groupSend(message, to: group)
    }

    func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        if fault != .sendsNothing { try await inner.send(message, to: channel) }
    }

    func groupCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        try await inner.groupCount(group)
    }

    func groupMembers(_ group: GroupName) async throws(ChannelLayerError) -> [ChannelName] {
        try await inner.groupMembers(group)
    }

    func announceCount(of group: GroupName, as message: CountMessage) {
        switch fault {
        case .announcesNothing: break
        case .announcesEveryChange:
            Task.immediate { [inner] in
                try await inner.groupSend(message.message(count: inner.groupCount(group)), to: group)
            }
        default: inner.announceCount(of: group, as: message)
        }
    }

    func attach(_ receiver: any ChannelLayerReceiver) {
        inner.attach(FaultyReceiver(receiver, fault: fault))
    }
}

/// The faults that lie between a layer and its receiver.
private final class FaultyReceiver: ChannelLayerReceiver {
    private struct State {
        var hasLost: Set<GroupName> = []
        var held: Message?
        var count = 0
    }

    private let receiver: any ChannelLayerReceiver
    private let fault: FaultyChannelLayer.Fault
    private let state = Mutex(State())

    init(_ receiver: any ChannelLayerReceiver, fault: FaultyChannelLayer.Fault) {
        self.receiver = receiver
        self.fault = fault
    }

    func receive(_ message: Message, group: GroupName) {
        for message in distorted(message, group) { receiver.receive(message, group: group) }
    }

    func receive(_ message: Message, channel: ChannelName) {
        receiver.receive(message, channel: channel)
    }

    private func distorted(_ message: Message, _ group: GroupName) -> [Message] {
        switch fault {
        case .losesFirstMessage:
            return state.withLock { $0.hasLost.insert(group).inserted } ? [] : [message]
        case .swapsMessages:
            return state.withLock { state in
                state.count += 1
                if state.count == 100 {
                    state.held = message
                    return []
                }
                guard let held = state.held, held["sender"] == message["sender"] else { return [message] }
                state.held = nil
                return [message, held]
            }
        case .doublesMessages:
            return [message, message]
        case .losesBytes:
            return [Message(type: message.type, message.fields.filter { $0.value.bytesValue == nil })]
        case .countsOneTooMany:
            guard let text = message["count"]?.stringValue, let count = Int(text) else { return [message] }
            return [Message(type: message.type, ["count": .string(String(count + 1))])]
        default:
            return [message]
        }
    }
}
