import ChannelLayers
import Messages
import MusterTesting
import Synchronization

/// An in-memory layer with one fault.
final class FaultyChannelLayer: ForwardingChannelLayer {
    enum Fault: Sendable {
        case repeatsNames, losesJoins, joinsAnotherToo, refusesEmptyGroups, keepsMembers, leavesEverything, answersTwice
        case losesFirstMessage, swapsMessages, doublesMessages, sendsNothing, losesBytes
        case sendsTwice, swapsSends, losesOwnGroups, excludesNobody, hidesExclusions, losesReceivedBytes
        case ignoresCancellation, losesMessageOnCancellation, receivesFromAnything
        case keepsDelivering, deliversToExcluded
        case halvesCapacity, takesEverything, flushesNothing, flushesMembers
        case countsOneTooMany, announcesNothing, announcesEveryChange
        case losesIDs, makesIDsUp, readsNothing, readsOneTwice, makesGapsUp, hidesGaps, keepsEverything, endsAtZero
        case sendsNothingLocally, listsNobody, listsTooMany
        case countsChannelsAsPeople, keepsPeople, waitsForNobody, keepsFirstPerson, makesPeopleUp, forgetsPeoplesNumber
    }

    private let fault: Fault
    private let inner: InMemoryChannelLayer
    private let joined = Mutex<[GroupName: Set<ChannelName>]>([:])
    private let people = Mutex<[ChannelName: Person]>([:])
    private let sent = Mutex<[Message]>([])

    init(_ fault: Fault) {
        self.fault = fault
        inner = InMemoryChannelLayer(
            capacities: ChannelCapacities(default: fault == .halvesCapacity ? 50 : 100),
            leaveGrace: fault == .waitsForNobody ? .zero : .milliseconds(300),
            histories: fault == .keepsEverything
                ? HistoryLimits([("*", HistoryLimit(count: 100, age: .seconds(60)))]) : ContractSubject.histories
        )
    }

    var base: any ChannelLayer { inner }

    func receive(_ channel: ChannelName) async throws(ChannelLayerError) -> Message {
        switch fault {
        case .ignoresCancellation:
            // A task that nobody cancels.
            let task = Task { [inner] in await Self.result(of: inner, channel) }
            return try await task.value.get()
        default:
            do throws(ChannelLayerError) {
                let message = try await inner.receive(channel)
                return fault == .losesReceivedBytes ? message.withoutBytes : message
            } catch {
                // As if the one who gave up were still in line.
                if fault == .losesMessageOnCancellation, error.code == .cancelled {
                    Task { [inner] in try await inner.receive(channel) }
                }
                guard fault == .receivesFromAnything, error.code == .invalidName else { throw error }
                return try await inner.receive(try ChannelName("nothing"))
            }
        }
    }

    func flush() async throws(ChannelLayerError) {
        if fault != .flushesNothing { try await inner.flush() }
        guard fault == .flushesMembers else { return }
        for (group, channels) in joined.withLock({ $0 }) {
            for channel in channels { inner.groupDiscard(channel, from: [group]) }
        }
    }

    private static func result(
        of layer: InMemoryChannelLayer,
        _ channel: ChannelName
    ) async -> Result<Message, ChannelLayerError> {
        do throws(ChannelLayerError) {
            return .success(try await layer.receive(channel))
        } catch {
            return .failure(error)
        }
    }

    func newConnectionChannel() -> ChannelName {
        fault == .repeatsNames ? ChannelName(front: "specific.same", serial: 1) : inner.newConnectionChannel()
    }

    func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        joined.withLock { _ = $0[group, default: []].insert(channel) }
        if fault == .losesJoins {
            whenDone(.success(()))
            return
        }
        if fault == .joinsAnotherToo { inner.groupAdd(inner.newConnectionChannel(), to: group, as: nil) { _ in } }
        if fault == .answersTwice { whenDone(.success(())) }
        let isLost = fault == .losesOwnGroups && channel.rawValue.contains("!r")
        let replaced = isLost ? inner.newConnectionChannel() : channel
        inner.groupAdd(replaced, to: group, as: distorted(person, of: channel, in: group), whenDone: whenDone)
    }

    private func distorted(_ person: Person?, of channel: ChannelName, in group: GroupName) -> Person? {
        switch fault {
        case .keepsPeople:
            // Behind a channel that never leaves.
            if let person { inner.groupAdd(inner.newConnectionChannel(), to: group, as: person) { _ in } }
            return person
        case .keepsFirstPerson:
            return people.withLock { people in
                if people[channel] == nil { people[channel] = person }
                return people[channel]
            }
        case .makesPeopleUp:
            guard var invented = person else { return nil }
            if invented.presence == nil {
                invented = Person(invented.user, presence: PresenceMessage(joined: "contract.came"))
            }
            return invented
        default: return person
        }
    }

    func peopleCount(_ group: GroupName) async throws(ChannelLayerError) -> Int {
        fault == .countsChannelsAsPeople ? try await inner.groupCount(group) : try await inner.peopleCount(group)
    }

    func groupDiscard(_ channel: ChannelName, from groups: [GroupName]) {
        switch fault {
        case .keepsMembers: break
        case .leavesEverything: inner.groupDiscard(channel, from: joined.withLock { Array($0.keys) })
        default: inner.groupDiscard(channel, from: groups)
        }
    }

    func groupSend(
        _ message: Message,
        to group: GroupName,
        excluding excluded: ChannelName?
    ) async throws(ChannelLayerError) {
        if fault == .refusesEmptyGroups, try await inner.groupCount(group) == 0 {
            throw ChannelLayerError(code: .refused, message: "nobody is in \(group)")
        }
        try await inner.groupSend(message, to: group, excluding: fault == .excludesNobody ? nil : excluded)
        switch fault {
        case .deliversToExcluded:
            if let excluded { try await inner.send(message, to: excluded) }
        case .keepsDelivering:
            let gone = joined.withLock { $0[group] ?? [] }.subtracting(try await inner.groupMembers(group))
            for channel in gone { try await inner.send(message, to: channel) }
        default: break
        }
    }

    func send(_ message: Message, to channel: ChannelName) async throws(ChannelLayerError) {
        switch fault {
        case .sendsNothing: break
        case .sendsTwice:
            for _ in 0..<2 { try await inner.send(message, to: channel) }
        case .swapsSends:
            // The tenth and the eleventh.
            let sent = sent.withLock { sent in
                sent.append(message)
                return sent
            }
            guard sent.count != 10 else { return }
            try await inner.send(message, to: channel)
            if sent.count == 11 { try await inner.send(sent[9], to: channel) }
        case .takesEverything:
            do throws(ChannelLayerError) {
                try await inner.send(message, to: channel)
            } catch let error where error.code == .channelFull {
                return
            }
        default: try await inner.send(message, to: channel)
        }
    }

    func history(
        of group: GroupName,
        from start: HistoryStart,
        limit: Int
    ) async throws(ChannelLayerError) -> HistoryPage {
        let page = try await inner.history(of: group, from: start, limit: limit)
        let messages: [Message]
        switch fault {
        case .readsNothing: messages = []
        case .readsOneTwice: messages = page.messages.prefix(1) + page.messages
        default: messages = page.messages
        }
        let hasGap = fault == .makesGapsUp || (page.hasGap && fault != .hidesGaps)
        return HistoryPage(messages: messages, hasGap: hasGap, end: page.end, isLast: page.isLast)
    }

    func historyEnd(of group: GroupName) async throws(ChannelLayerError) -> MessageID? {
        fault == .endsAtZero ? .zero : try await inner.historyEnd(of: group)
    }

    func localGroupSend(_ message: Message, to group: GroupName) {
        if fault != .sendsNothingLocally { inner.localGroupSend(message, to: group) }
    }

    func groupPeople(_ group: GroupName, limit: Int) async throws(ChannelLayerError) -> [UserName] {
        switch fault {
        case .listsNobody: return []
        case .listsTooMany: return try await inner.groupPeople(group, limit: limit + 1)
        default: return try await inner.groupPeople(group, limit: limit)
        }
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

    func receive(_ message: Message, group: GroupName, excluding excluded: ChannelName?) {
        for message in distorted(message, group) { receive(message, group, excluded) }
    }

    func receive(_ message: Message, channels: [ChannelName]) {
        receiver.receive(message, channels: channels)
    }

    private func receive(_ message: Message, _ group: GroupName, _ excluded: ChannelName?) {
        receiver.receive(message, group: group, excluding: fault == .hidesExclusions ? nil : excluded)
    }

    private func distorted(_ message: Message, _ group: GroupName) -> [Message] {
        switch fault {
        case .losesFirstMessage:
            return state.withLock { $0.hasLost.insert(group).inserted } ? [] : [message]
        case .swapsMessages:
            return state.withLock { state in
                state.count += 1
                if state.count == 50 {
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
            return [message.withoutBytes]
        case .losesIDs:
            return [message.identified(as: nil)]
        case .makesIDsUp:
            return [message.id == nil ? message.identified(as: MessageID(milliseconds: 1, sequence: 1)) : message]
        case .forgetsPeoplesNumber:
            guard message["people"] != nil else { return [message] }
            return [Message(type: message.type, message.fields.filter { $0.key != "people" })]
        case .countsOneTooMany:
            guard let text = message["count"]?.stringValue, let count = Int(text) else { return [message] }
            return [Message(type: message.type, ["count": .string(String(count + 1))])]
        default:
            return [message]
        }
    }
}

extension Message {
    fileprivate var withoutBytes: Message {
        Message(type: type, fields.filter { $0.value.bytesValue == nil })
    }
}
