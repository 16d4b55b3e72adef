public import Applications
import ChannelLayers

/// One promise that every desk of customer service makes, and how to check that a desk keeps it.
public struct SupportDeskContract: Sendable, CustomStringConvertible {
    /// Makes what a check is of: one or more ways to the same desk, which nobody has used, each as of a process of its own.
    public typealias Make = @Sendable (DeskLimits) throws -> [any SupportDesk]

    /// What is promised.
    public let promise: String
    let body: @Sendable (_ make: Make) async throws -> Void

    init(_ promise: String, _ body: @escaping @Sendable (_ make: Make) async throws -> Void) {
        self.promise = promise
        self.body = body
    }

    /// All promises of `SupportDesk`.
    public static let all = queue + talks + leases

    /// Checks the promise.
    ///
    /// - Parameter make: Makes the desk.
    /// - Throws: What was promised and what was seen.
    public func check(_ make: Make) async throws(ContractViolation) {
        do {
            try await body(make)
        } catch let unexpected as Unexpected {
            throw ContractViolation(promise: promise, seen: unexpected.seen)
        } catch {
            throw ContractViolation(promise: promise, seen: "it threw: \(error)")
        }
    }

    /// The promise.
    public var description: String { promise }

    // MARK: - What checks look at

    static func expect<Value: Equatable>(_ seen: Value, _ wanted: Value, _ what: String) throws {
        try Unexpected.unless(seen == wanted, "\(what) is \(seen) instead of \(wanted)")
    }

    static func names(_ texts: String...) throws -> [UserName] {
        try texts.map { try UserName($0) }
    }

    /// A long lease: nobody lapses.
    static func patient(_ make: Make, places: Int = 1000) throws -> [any SupportDesk] {
        try make(DeskLimits(lease: .seconds(600), places: places))
    }

    /// Sweeps again and again until the desk is as wanted; the given ones are renewed meanwhile.
    static func sweep(
        _ desk: any SupportDesk,
        renewing customers: [UserName] = [],
        staff: [UserName] = [],
        until isRight: (DeskSnapshot, DeskSweep) throws -> Bool
    ) async throws -> DeskSweep {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            // No lease may lapse that is held: between two renewals there is nothing to wait for.
            _ = try await desk.renew(customers.map { DeskClaim($0) }, staff: staff)
            let sweep = try await desk.sweep()
            let snapshot = try await desk.snapshot()
            if try isRight(snapshot, sweep) { return sweep }
            try Unexpected.unless(ContinuousClock.now < end, "the desk is \(snapshot)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension DeskSnapshot {
    /// The queue, the head first.
    var queue: [UserName] { waiting.map(\.customer) }

    /// Who talks with whom.
    var pairs: [UserName: UserName] { Dictionary(talks.map { ($0.customer, $0.staff) }) { first, _ in first } }
}
