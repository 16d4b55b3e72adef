/// What this is, for operators.
enum Version {
    /// The number of the release.
    static let current = "0.4.0"
}
