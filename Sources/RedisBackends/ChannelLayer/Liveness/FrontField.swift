/// The fields of the hash that holds what is known of a front; the scripts in `Lua/` spell the same names.
package enum FrontField: String, Sendable, CaseIterable {
    /// When its lease lapses: Unix time on Redis' clock, in seconds with a fraction.
    case until
    /// When it started, on the same clock.
    case since
    case address
    case connections
    case version
    /// The front that clears up after it; only while its lease has lapsed.
    case reaper
    /// When that claim lapses, on the same clock.
    case reaperUntil = "reaper_until"
    /// Set, to anything, once everything of it has been removed.
    case reaped
    /// Set, to anything, by whoever wants it to write everything of its own again.
    case reconcile
}
