/// When one connection has last noted that its user is here.
struct Sighting: Sendable {
    /// After so long it is noted again, when something happens on the connection.
    static let interval = Duration.seconds(60)

    private var noted: ContinuousClock.Instant?

    /// Whether it is to be noted now; if so it counts as noted.
    mutating func isDue(at now: ContinuousClock.Instant = .now) -> Bool {
        if let noted, now - noted < Self.interval { return false }
        noted = now
        return true
    }
}
