/// Whether a channel layer can do its work now.
public enum Readiness: Sendable, Equatable {
    /// Joins are acknowledged and messages flow.
    case ready
    /// Something is missing; the text says what, for an operator.
    case notReady(reason: String)
}
