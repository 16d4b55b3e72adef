/// How much of the messages of groups whose names match a pattern is kept.
struct HistorySetting: Equatable {
    static let counts = 1...10_000
    /// Up to a year.
    static let ages = 1...31_536_000
    /// What keeps no messages of any group.
    static let none = "none"

    /// What is kept of groups for which nothing else is set: the end of a chat, a week of notifications, of what users sent
    /// directly and of its receipts, and for 30 days what customer service said.
    static let defaults = [
        HistorySetting(glob: "chat.*", count: 50, seconds: 86_400),
        HistorySetting(glob: "message.*", count: 200, seconds: 604_800),
        HistorySetting(glob: "sent.*", count: 200, seconds: 604_800),
        HistorySetting(glob: "receipt.*", count: 200, seconds: 604_800),
        HistorySetting(glob: "support.talk.*", count: 500, seconds: 2_592_000),
    ]

    /// What Python's `fnmatch` takes.
    let glob: String
    let count: Int
    let seconds: Int

    /// Reads the pairs in their order; the defaults follow, so that whoever sets something for a group of its own does
    /// not lose the transcripts of customer service by it.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(_ sources: SettingSources) throws(SettingsError) -> [HistorySetting] {
        guard let value = sources["history"] else { return defaults }
        guard value.text != none else { return [] }
        var histories: [HistorySetting] = []
        for (glob, limit) in try sources.pairs("history", like: "chat.*=50/86400") {
            let (count, seconds) = try keeping(limit, of: value.origin, like: "50/86400")
            histories.append(HistorySetting(glob: glob, count: count, seconds: seconds))
        }
        return histories + defaults
    }

    /// Reads how many messages are kept, and for how many seconds.
    ///
    /// - Throws: `SettingsError` that names the source.
    static func keeping(
        _ text: String,
        of origin: String,
        like example: String
    ) throws(SettingsError) -> (count: Int, seconds: Int) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard
            parts.count == 2, let count = Int(parts[0]), counts.contains(count),
            let seconds = Int(parts[1]), ages.contains(seconds)
        else {
            throw SettingsError(
                "\(origin): '\(text)' is not a count from 1 to \(counts.upperBound), a slash, and seconds "
                    + "from 1 to \(ages.upperBound), such as \(example)"
            )
        }
        return (count, seconds)
    }
}
