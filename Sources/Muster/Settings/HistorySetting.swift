/// How much of the messages of groups whose names match a pattern is kept.
struct HistorySetting: Equatable {
    static let counts = 1...10_000
    /// Up to a year.
    static let ages = 1...31_536_000
    /// What keeps no messages of any group.
    static let none = "none"

    /// What is kept unless something else is set: the end of a chat, and a week of notifications.
    static let defaults = [
        HistorySetting(glob: "chat.*", count: 50, seconds: 86_400),
        HistorySetting(glob: "message.*", count: 200, seconds: 604_800),
    ]

    /// What Python's `fnmatch` takes.
    let glob: String
    let count: Int
    let seconds: Int

    /// Reads the pairs in their order; what is set replaces the defaults.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(_ sources: SettingSources) throws(SettingsError) -> [HistorySetting] {
        guard let value = sources["history"] else { return defaults }
        guard value.text != none else { return [] }
        var histories: [HistorySetting] = []
        for (glob, limit) in try sources.pairs("history", like: "chat.*=50/86400") {
            let parts = limit.split(separator: "/", omittingEmptySubsequences: false)
            guard
                parts.count == 2, let count = Int(parts[0]), counts.contains(count),
                let seconds = Int(parts[1]), ages.contains(seconds)
            else {
                throw SettingsError(
                    "\(value.origin): '\(limit)' is not a count from 1 to \(counts.upperBound), a slash, and seconds "
                        + "from 1 to \(ages.upperBound), such as 50/86400"
                )
            }
            histories.append(HistorySetting(glob: glob, count: count, seconds: seconds))
        }
        return histories
    }
}
