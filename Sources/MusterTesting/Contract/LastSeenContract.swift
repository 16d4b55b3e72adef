public import Applications
import ChannelLayers

/// One promise that every store of last-seen times makes, and how to check that a store keeps it.
public struct LastSeenContract: Sendable, CustomStringConvertible {
    /// What is promised.
    public let promise: String
    private let body: @Sendable ([any LastSeenStore]) async throws -> Void

    /// All promises of `LastSeenStore`.
    public static let all = [
        LastSeenContract(promise: "whoever was here last comes first, each user once", body: order),
        LastSeenContract(promise: "a user is noted by whatever name", body: names),
        LastSeenContract(promise: "times are seconds of one clock that goes on", body: times),
    ]

    /// Checks the promise; nobody else may note users meanwhile.
    ///
    /// - Parameter stores: Stores that share one server, each in a process of its own; one for a store that lives in one.
    /// - Throws: What was promised and what was seen.
    public func check(_ stores: [any LastSeenStore]) async throws(ContractViolation) {
        do {
            try await body(stores)
        } catch let unexpected as Unexpected {
            throw ContractViolation(promise: promise, seen: unexpected.seen)
        } catch {
            throw ContractViolation(promise: promise, seen: "it threw: \(error)")
        }
    }

    /// The promise.
    public var description: String { promise }

    private static func order(_ stores: [any LastSeenStore]) async throws {
        let (one, other) = (stores[0], stores[stores.count - 1])
        let users = try (0..<5).map { try UserName("user\($0)") }
        for user in users { try await one.note(user) }
        for index in [1, 1, 3] { try await other.note(users[index]) }
        let expected = [3, 1, 4, 2, 0].map { users[$0] }
        for limit in [1, 3, 5] {
            for store in stores {
                let seen = try await store.latest(limit).map(\.user)
                try Unexpected.unless(seen == Array(expected.prefix(limit)), "of \(limit) these are listed: \(seen)")
            }
        }
        let all = try await other.latest(1000).map(\.user)
        try Unexpected.unless(Set(all).count == all.count, "some are listed twice: \(all)")
        for limit in [0, -1, Int.min, Int.max] { _ = try await one.latest(limit) }
    }

    private static func names(_ stores: [any LastSeenStore]) async throws {
        let names = ["Zoë 🙂", "a:b,c\"d'", "{x} y", "-inf", "42"]
        for name in names { try await stores[0].note(UserName(name)) }
        let seen = try await stores[stores.count - 1].latest(names.count).map(\.user.rawValue)
        try Unexpected.unless(seen == names.reversed(), "listed are \(seen)")
    }

    private static func times(_ stores: [any LastSeenStore]) async throws {
        let ann = try UserName("ann")
        func time() async throws -> Int {
            try await stores[0].note(ann)
            guard let first = try await stores[stores.count - 1].latest(1).first, first.user == ann else {
                throw Unexpected(seen: "who was noted last is not first")
            }
            return first.seconds
        }
        let first = try await time()
        let end = ContinuousClock.now + .seconds(30)
        while try await time() <= first {
            try Unexpected.unless(ContinuousClock.now < end, "after half a minute it is still \(first)")
            try await Task.sleep(for: .milliseconds(50))
        }
        let second = try await time()
        try Unexpected.unless(second - first < 60, "from \(first) it went to \(second) in a minute")
    }
}
