import ChannelLayers
import Messages

/// Tasks that receive from one channel, message after message, and keep what they got.
///
/// They belong to no task group, so that a layer that does not end a cancelled receive shows as such, and not as a check
/// that hangs.
final class ReceivingTasks: Sendable {
    private struct Record: Sendable {
        var messages: [Message] = []
        var ends: [ChannelLayerError?] = []
    }

    private let record: Watched<Record>
    private let tasks: [Task<Void, Never>]

    /// Starts one task on each of the layers.
    ///
    /// - Parameters:
    ///   - channel: The channel.
    ///   - layers: Where to receive from it; a layer may come several times.
    ///   - limit: After how many messages a task ends by itself.
    init(_ channel: ChannelName, on layers: [any ChannelLayer], limit: Int = .max) {
        let record = Watched(Record())
        self.record = record
        tasks = layers.map { layer in
            Task {
                do throws(ChannelLayerError) {
                    for _ in 0..<limit {
                        let message = try await layer.receive(channel)
                        record.update { $0.messages.append(message) }
                    }
                    record.update { $0.ends.append(nil) }
                } catch {
                    record.update { $0.ends.append(error) }
                }
            }
        }
    }

    deinit {
        cancel()
    }

    /// What was received so far.
    var messages: [Message] { record.read(\.messages) }

    /// Waits until what was received is enough, or the time is up; returns what it is then.
    func messages(timeout: Duration, until isEnough: @escaping @Sendable ([Message]) -> Bool) async -> [Message] {
        await record.wait(timeout: timeout) { isEnough($0.messages) ? $0.messages : nil } ?? messages
    }

    /// Waits until all tasks have ended; returns what each has thrown, `nil` for one that reached its limit.
    func ends(timeout: Duration) async throws(Unexpected) -> [ChannelLayerError?] {
        let count = tasks.count
        guard let ends = await record.wait(timeout: timeout, for: { $0.ends.count == count ? $0.ends : nil }) else {
            throw Unexpected(seen: "of \(count) receives \(record.read(\.ends.count)) ended within \(timeout)")
        }
        return ends
    }

    func cancel() {
        for task in tasks { task.cancel() }
    }

    /// Cancels the tasks, which all have to end with that.
    func stop(timeout: Duration) async throws(Unexpected) {
        cancel()
        for end in try await ends(timeout: timeout) {
            try Unexpected.unless(
                end == nil || end?.code == .cancelled,
                "a cancelled receive threw .\(end.map { "\($0.code)" } ?? "")"
            )
        }
    }
}
