/// How many messages may wait for the channels whose names match a pattern, as in `channels_redis`' `channel_capacity`.
struct ChannelCapacitySetting: Equatable {
    static let range = 1...1_000_000

    /// What Python's `fnmatch` takes.
    let glob: String
    let capacity: Int

    /// Reads the pairs in their order.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(_ sources: SettingSources) throws(SettingsError) -> [ChannelCapacitySetting] {
        let origin = sources["channel-capacity"]?.origin ?? ""
        var capacities: [ChannelCapacitySetting] = []
        for (glob, number) in try sources.pairs("channel-capacity", like: "http.*=200") {
            guard let capacity = Int(number), range.contains(capacity) else {
                throw SettingsError(
                    "\(origin): '\(number)' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            capacities.append(ChannelCapacitySetting(glob: glob, capacity: capacity))
        }
        return capacities
    }
}
