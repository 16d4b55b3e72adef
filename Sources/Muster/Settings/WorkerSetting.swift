import ChannelLayers
import Consumers

/// A WebSocket path that workers answer, and the channel that they receive from.
struct WorkerSetting: Equatable {
    let pattern: String
    let channel: String

    /// Reads the pairs in their order, each good for a route.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(_ sources: SettingSources) throws(SettingsError) -> [WorkerSetting] {
        let origin = sources["worker"]?.origin ?? ""
        var router = ConsumerRouter()
        var workers: [WorkerSetting] = []
        for (pattern, channel) in try sources.pairs("worker", like: "/path/=channel") {
            do {
                try router.add(pattern, worker: ChannelName(channel))
            } catch {
                throw SettingsError("\(origin): \(error)")
            }
            workers.append(WorkerSetting(pattern: pattern, channel: channel))
        }
        return workers
    }
}
