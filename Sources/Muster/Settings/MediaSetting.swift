import Applications

/// Which uploads are taken, where they go, and how long they are kept.
struct MediaSetting: Equatable {
    /// None for a front that takes no uploads.
    var directory: String?
    /// The largest file, in bytes.
    var limit = 16 << 20
    /// How many seconds a file is kept that nobody names in a message.
    var unnamedLifetime = 86_400
    /// How many seconds a file is kept after it was last named.
    var lifetime = 30 * 86_400
    /// Globs of the types that are taken.
    var types = MediaRules.defaultTypes

    /// Up to 64 GiB: more than that does not come in one request.
    private static let limits = 1...(64 << 30)
    /// Up to ten years.
    private static let seconds = 1...315_360_000

    /// Reads what is set; the rest is as by default.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(_ sources: SettingSources) throws(SettingsError) -> MediaSetting {
        var media = MediaSetting()
        media.directory = sources["media-directory"]?.text
        media.limit = try sources.integer("media-limit", in: limits, default: media.limit)
        media.unnamedLifetime = try sources.integer("media-unnamed", in: seconds, default: media.unnamedLifetime)
        media.lifetime = try sources.integer("media-lifetime", in: seconds, default: media.lifetime)
        let types = try sources.list("media-types")
        if !types.isEmpty { media.types = types }
        if let bad = types.first(where: { $0.split(separator: "/").count != 2 && $0 != "*" }) {
            let origin = sources["media-types"]?.origin ?? "media-types"
            throw SettingsError("\(origin): '\(bad)' is no glob of a type, such as image/* or application/pdf")
        }
        return media
    }

    /// Says which messages are kept for longer than the files that they name.
    func outlived(inbox: InboxSetting, histories: [HistorySetting]) -> [String] {
        guard directory != nil else { return [] }
        let kept = [("--inbox-limit", inbox.seconds)] + histories.map { ("--history \($0.glob)", $0.seconds) }
        return kept.filter { $0.1 > lifetime }.map { "\($0.0): \($0.1)" }
    }

    /// As the store takes them.
    var rules: MediaRules {
        MediaRules(
            limit: limit,
            types: types,
            unnamedLifetime: .seconds(unnamedLifetime),
            lifetime: .seconds(lifetime)
        )
    }
}
