/// How many direct messages wait for a user, and for how long.
struct InboxSetting: Equatable {
    var count = 1000
    /// 30 days.
    var seconds = 2_592_000

    /// Reads the setting.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(_ sources: SettingSources) throws(SettingsError) -> InboxSetting {
        guard let value = sources["inbox-limit"] else { return InboxSetting() }
        let (count, seconds) = try HistorySetting.keeping(value.text, of: value.origin, like: "1000/2592000")
        return InboxSetting(count: count, seconds: seconds)
    }
}
