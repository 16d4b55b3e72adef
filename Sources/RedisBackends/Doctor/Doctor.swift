import ChannelLayers
import Logging

/// Compares what Redis holds with what the fronts say, and mends it.
package struct Doctor: Sendable {
    /// How many looks in a row have to show the same fault: what is being written now is none.
    private static let looks = 4

    private let hosts: RedisHosts
    private let unreadFor: Duration?
    private let pause: Duration

    /// Makes a doctor.
    ///
    /// - Parameters:
    ///   - hosts: Redis.
    ///   - unreadFor: How long a Django process may leave its mailbox unread; `nil` if they are not to be judged.
    ///   - pause: The time between two looks.
    package init(hosts: RedisHosts, unreadFor: Duration? = nil, pause: Duration = .seconds(1)) {
        self.hosts = hosts
        self.unreadFor = unreadFor
        self.pause = pause
    }

    /// Looks until all is well, or the same is wrong several times in a row.
    ///
    /// - Returns: What is wrong, and stays wrong without anybody's help.
    /// - Throws: `ChannelLayerError` if a host cannot be asked, `CancellationError`.
    package func check() async throws -> Checkup {
        let first = try await look(suspects: nil)
        var result = first
        for _ in 1..<Self.looks where !result.isClean {
            try await Task.sleep(for: pause)
            var next = try await look(suspects: Set(result.findings.map(\.place))).persisting(since: result)
            // Only suspects are looked at again: the sums are those of the whole look.
            next.groups = first.groups
            next.members = first.members
            next.undecided = first.undecided
            result = next
        }
        return result
    }

    /// Removes what is provably dead, asks live fronts to write what is missing, and looks again until that is done.
    ///
    /// - Parameters:
    ///   - checkup: What was found.
    ///   - configuration: The settings that the fronts have too.
    ///   - patience: How long live fronts may take.
    /// - Returns: What was done, and what is still wrong.
    /// - Throws: `ChannelLayerError` if a host cannot be asked or refuses, `CancellationError`.
    package func repair(
        _ checkup: Checkup,
        _ configuration: RedisChannelLayerConfiguration,
        patience: Duration = .seconds(15)
    ) async throws -> (Treatment, Checkup) {
        let quiet = Logger(label: "muster", factory: { _ in SwiftLogNoOpLogHandler() })
        let remedy = Remedy(hosts: hosts, configuration: configuration, logger: quiet)
        let treatment = try await remedy.treat(checkup)
        let start = ContinuousClock.now
        var after = try await check()
        while !after.isClean, start.duration(to: .now) < patience {
            after = try await check()
        }
        return (treatment, after)
    }

    private func look(suspects: Set<GroupPlace>?) async throws(ChannelLayerError) -> Checkup {
        var examination = Examination(hosts: hosts, unreadFor: unreadFor, suspects: suspects)
        return try await examination.run()
    }
}
