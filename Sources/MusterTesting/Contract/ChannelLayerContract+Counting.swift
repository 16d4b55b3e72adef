import ChannelLayers
import Messages

extension ChannelLayerContract {
    /// Promises about `announceCount`.
    static let counting = [
        ChannelLayerContract("the first count is announced at once, with every join before the call", firstCount),
        ChannelLayerContract("every process with members hears a count, whoever announces it", countReachesAll),
        ChannelLayerContract("a storm of joins is announced far fewer times than it has joins", coalescedCounts),
        ChannelLayerContract("the last count that a member sees is the true one", lastCountIsTrue),
    ]

    private static let shape = CountMessage(type: "contract.count", field: "count")

    private static func firstCount(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        // Not acknowledged yet, and to be counted all the same.
        for _ in 0..<100 { subject.first.groupAdd(subject.first.newConnectionChannel(), to: group) { _ in } }
        subject.first.announceCount(of: group, as: shape)
        let seen = await subject.receivers[0].messages(to: group, timeout: subject.timeout) { !$0.isEmpty }
        try Unexpected.unless(seen.first == shape.message(count: 100), "the first of \(seen.count) is \(texts(seen))")
    }

    private static func countReachesAll(_ subject: ContractSubject) async throws {
        let group = try subject.newGroup()
        let members = try await subject.joinOnEveryLayer(group).count
        for announcer in subject.layers {
            let before = subject.receivers.map { $0.messages(to: group).count }
            announcer.announceCount(of: group, as: shape)
            for (receiver, known) in zip(subject.receivers, before) {
                let seen = await receiver.messages(to: group, timeout: subject.timeout) { $0.count > known }
                try Unexpected.unless(
                    seen.count > known && seen.last == shape.message(count: members),
                    "\(members) members, announced: \(texts(seen))"
                )
            }
        }
    }

    private static func coalescedCounts(_ subject: ContractSubject) async throws {
        let (group, joins) = (try subject.newGroup(), 200)
        for index in 0..<joins {
            let layer = subject.layers[index % subject.layers.count]
            layer.groupAdd(layer.newConnectionChannel(), to: group) { _ in }
            layer.announceCount(of: group, as: shape)
        }
        for (index, receiver) in subject.receivers.enumerated() {
            let seen = await receiver.messages(to: group, timeout: subject.timeout) { messages in
                messages.contains(shape.message(count: joins))
            }
            try Unexpected.unless(
                seen.contains(shape.message(count: joins)) && seen.count <= joins / 4,
                "receiver \(index) has \(seen.count) announcements for \(joins) joins: \(texts(seen))"
            )
        }
    }

    private static func lastCountIsTrue(_ subject: ContractSubject) async throws {
        let (group, stayer) = (try subject.newGroup(), subject.first.newConnectionChannel())
        try await subject.first.groupAdd(stayer, to: group)
        await withTaskGroup(of: Void.self) { tasks in
            for layer in subject.layers {
                tasks.addTask {
                    for _ in 0..<100 {
                        let channel = layer.newConnectionChannel()
                        layer.groupAdd(channel, to: group) { _ in }
                        layer.announceCount(of: group, as: shape)
                        layer.groupDiscard(channel, from: [group])
                        layer.announceCount(of: group, as: shape)
                    }
                }
            }
        }
        try await subject.expectCount(1, of: group)
        let receiver = subject.receivers[0]
        let truth = shape.message(count: 1)
        _ = await receiver.messages(to: group, timeout: subject.timeout) { $0.last == truth }
        // A false count would come late: windows of every layer may still be open.
        try await Task.sleep(for: .milliseconds(500))
        let seen = await receiver.messages(to: group, timeout: subject.timeout) { $0.last == truth }
        try Unexpected.unless(seen.last == truth, "1 member, announced: \(texts(seen))")
    }

    private static func texts(_ messages: [Message]) -> [String] {
        messages.map { $0[shape.field]?.stringValue ?? "?" }
    }
}
