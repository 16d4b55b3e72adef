import Foundation
import Testing

/// Everything at once, for as long as one likes, see `Scripts/soak`.
@Suite("Soak")
struct ChurnSoakTests {
    @Test("Crashes, pauses, cuts, restarts and losses under load: then the members are exactly the open connections")
    func churn() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["MUSTER_SOAK_SECONDS"].flatMap { Int($0) } ?? 120
        let seed = environment["MUSTER_SOAK_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...9_999_999)
        print("soak of \(seconds) s with seed \(seed)")
        let fleet = try await SoakFleet.start(fronts: 3)
        do {
            let start = ContinuousClock.now
            // Quiet every two minutes at least: what went wrong then was not long ago.
            var round: UInt64 = 0
            while start.duration(to: .now) < .seconds(seconds) {
                let left = Duration.seconds(seconds) - start.duration(to: .now)
                try await harm(fleet, for: min(left, .seconds(120)), seed: seed &+ round &* 1000)
                try await expectAgreement(fleet)
                round += 1
            }
            print("soak: \(fleet.faults) faults, \(try await fleet.openConnections()) connections open at the end")
            try await fleet.stop()
        } catch {
            Issue.record("seed \(seed), the latest faults:\n\(fleet.latest)")
            for front in fleet.fronts where !front.process.isRunning {
                Issue.record("the front on port \(front.port) has ended:\n\(front.process.lastLines(200))")
            }
            try? await fleet.stop()
            throw error
        }
    }

    private func harm(_ fleet: SoakFleet, for duration: Duration, seed: UInt64) async throws {
        let end = ContinuousClock.now + duration
        try await withThrowingTaskGroup(of: Void.self) { load in
            for index in fleet.swarms.indices {
                load.addTask { await fleet.churn(index, seed: seed &+ UInt64(index) &+ 2) }
            }
            async let fronts: Void = fleet.harmFronts(until: end, seed: seed)
            async let redis: Void = fleet.harmRedis(until: end, seed: seed &+ 1)
            _ = try await (fronts, redis)
            load.cancelAll()
            try await load.waitForAll()
        }
    }

    /// Quiet now: within the time that healing may take all agree, and go on doing so.
    private func expectAgreement(_ fleet: SoakFleet) async throws {
        for front in fleet.fronts { try await front.waitUntilReady(timeout: .seconds(60)) }
        var last = ""
        do {
            try await eventually("members are the open connections", timeout: .seconds(30), every: .milliseconds(200)) {
                let members = try await fleet.members()
                let open = try await fleet.openConnections()
                last = "members by front \(members), open connections \(open)"
                return members == open
            }
        } catch HarnessError.timedOut(let what, let time, _) {
            let doctor = try await ChildProcess.run(
                Repository.musterExecutable(),
                ["doctor", "--redis", fleet.redis.url]
            )
            let fronts = try await fleet.summary().joined(separator: "\n")
            let detail = "\(last)\n\(doctor.standardOutput)\n\(fronts)"
            throw HarnessError.timedOut(waitingFor: what, after: time, detail: detail)
        }
        // Longer than a lease: whoever was about to take something out has done so.
        try await Task.sleep(for: .seconds(3))
        #expect(try await fleet.members() == fleet.openConnections())
        let doctor = try await ChildProcess.run(Repository.musterExecutable(), ["doctor", "--redis", fleet.redis.url])
        #expect(doctor.status == .exited(0), "\(doctor.standardOutput)\(doctor.standardError)")
        try await broadcast(424_242, over: fleet.redis, to: fleet.swarms)
    }
}
