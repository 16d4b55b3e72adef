/// One promise that every channel layer makes, and how to check that a layer keeps it.
///
/// ```swift
/// @Test(arguments: ChannelLayerContract.all)
/// func keeps(_ contract: ChannelLayerContract) async throws {
///     let layer = InMemoryChannelLayer(histories: ContractSubject.histories)
///     let subject = ContractSubject(layers: [layer])
///     try await withThrowingTaskGroup { group in
///         group.addTask { await layer.run() }
///         try await contract.check(subject)
///         group.cancelAll()
///     }
/// }
/// ```
public struct ChannelLayerContract: Sendable, CustomStringConvertible {
    /// What is promised.
    public let promise: String
    private let body: @Sendable (ContractSubject) async throws -> Void

    init(_ promise: String, _ body: @escaping @Sendable (ContractSubject) async throws -> Void) {
        self.promise = promise
        self.body = body
    }

    /// All promises of `ChannelLayer`.
    public static let all = membership + messages + receiving + generalChannels + counting + people + history

    /// Checks the promise.
    ///
    /// Each check uses groups and channels of its own, so that one server serves many; but `flush` deletes everybody's
    /// messages, so that no other check may share the server, or the prefix, with that promise's.
    ///
    /// - Parameter subject: Layers that run and are ready.
    /// - Throws: What was promised and what was seen.
    public func check(_ subject: ContractSubject) async throws(ContractViolation) {
        do {
            try await body(subject)
        } catch let unexpected as Unexpected {
            throw ContractViolation(promise: promise, seen: unexpected.seen)
        } catch {
            throw ContractViolation(promise: promise, seen: "it threw: \(error)")
        }
    }

    /// The promise.
    public var description: String { promise }
}
