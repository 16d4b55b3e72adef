import ChannelLayers
import Messages
import Synchronization

/// Receives from a channel of a Muster layer for ever and keeps account of it.
final class ReceivingMember: Sendable {
    private final class Record: Sendable {
        let tally = Mutex(ChannelTally())
        let error = Mutex<ChannelLayerError?>(nil)
    }

    private let record: Record
    private let task: Task<Void, Never>

    /// Starts receiving.
    ///
    /// - Parameters:
    ///   - channel: A general channel, or one that `newChannel` of the layer made.
    ///   - layer: The layer.
    init(_ channel: ChannelName, of layer: any ChannelLayer) {
        let record = Record()
        self.record = record
        task = Task {
            do throws(ChannelLayerError) {
                while true {
                    let message = try await layer.receive(channel)
                    record.tally.withLock { $0.add(message) }
                }
            } catch {
                record.error.withLock { $0 = error }
            }
        }
    }

    /// Makes a channel that is received from, in a group.
    static func join(_ group: GroupName, of layer: any ChannelLayer) async throws -> ReceivingMember {
        let channel = layer.newChannel()
        let member = ReceivingMember(channel, of: layer)
        try await layer.groupAdd(channel, to: group)
        return member
    }

    deinit {
        task.cancel()
    }

    /// What has come so far; an error has ended the receiving.
    var collected: ChannelSummary {
        var summary = record.tally.withLock { $0.summary }
        summary.errors = record.error.withLock { $0 }.map { [$0.description] } ?? []
        return summary
    }

    /// Waits until so many messages have come; returns what there is then, or when the time is up.
    func collected(count: Int, timeout: Duration = .seconds(30)) async throws -> ChannelSummary {
        try await summary(of: count, timeout: timeout) { collected }
    }

    /// Stops receiving and waits until that is so.
    func stop() async {
        task.cancel()
        await task.value
    }
}
