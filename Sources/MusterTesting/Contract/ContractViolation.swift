/// A promise that a channel layer did not keep.
public struct ContractViolation: Error, Sendable, Equatable, CustomStringConvertible {
    /// What every layer promises.
    public let promise: String
    /// What this one did.
    public let seen: String

    /// Makes a violation.
    ///
    /// - Parameters:
    ///   - promise: What every layer promises.
    ///   - seen: What this one did.
    public init(promise: String, seen: String) {
        self.promise = promise
        self.seen = seen
    }

    /// The promise and what was seen, in one line.
    public var description: String { "promised: \(promise); seen: \(seen)" }
}

/// What a check saw instead of what it should have seen.
struct Unexpected: Error {
    let seen: String

    /// Throws what was seen unless the condition holds.
    static func unless(_ condition: Bool, _ seen: @autoclosure () -> String) throws(Unexpected) {
        guard condition else { throw Unexpected(seen: seen()) }
    }
}
