import Synchronization

@testable import Applications

/// A wall clock that a test turns.
///
/// Sleepers wait until the time they asked for has come; `sleepers` says how many do.
final class HandTurnedClock: Sendable {
    private struct State {
        var nanoseconds: Int
        var sleepers: [(wakesAt: Int, wake: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    init(seconds: Double) {
        state = Mutex(State(nanoseconds: Int(seconds * 1_000_000_000)))
    }

    var clock: WallClock {
        WallClock {
            let now = self.state.withLock { $0.nanoseconds }
            return WallClock.Time(whole: now / 1_000_000_000, nanoseconds: now % 1_000_000_000)
        } sleep: { duration in
            let (seconds, attoseconds) = duration.components
            let length = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
            await withCheckedContinuation { wake in
                self.state.withLock { $0.sleepers.append(($0.nanoseconds + length, wake)) }
            }
        }
    }

    var sleepers: Int { state.withLock { $0.sleepers.count } }

    /// Turns the clock on; back too, when whoever sleeps goes on sleeping.
    func advance(by seconds: Double) {
        let due = state.withLock { state in
            state.nanoseconds += Int(seconds * 1_000_000_000)
            let due = state.sleepers.filter { $0.wakesAt <= state.nanoseconds }
            state.sleepers.removeAll { $0.wakesAt <= state.nanoseconds }
            return due
        }
        for sleeper in due { sleeper.wake.resume() }
    }

    /// Waits until as many sleep: until what a test has caused is over.
    func waitForSleepers(_ count: Int) async throws {
        for _ in 0..<10_000 where sleepers != count { try await Task.sleep(for: .milliseconds(1)) }
        guard sleepers == count else { throw SleeperError(sleepers: sleepers, expected: count) }
    }
}

extension Ticker {
    /// Waits until the timer has ended.
    func waitForEnd() async throws {
        for _ in 0..<10_000 where isRunning { try await Task.sleep(for: .milliseconds(1)) }
        guard !isRunning else { throw EndlessTicker() }
    }
}

struct EndlessTicker: Error {}

struct SleeperError: Error {
    let sleepers: Int
    let expected: Int
}
