import ChannelLayers
import Foundation
import Synchronization
import Testing

/// What the loop does is observed in its visits; each test ends the loop from inside a visit, so none waits for time.
struct WakeSignalTests {
    @Test("Wakes before and during a visit are one further visit; after finish there is none")
    func coalesces() async {
        let signal = WakeSignal()
        for _ in 0..<10 { signal.wake() }
        var visits = 0
        await signal.run {
            visits += 1
            if visits == 1 { for _ in 0..<10 { signal.wake() } }
            if visits == 2 { signal.finish() }
            return nil
        }
        #expect(visits == 2)
        signal.wake()
        await signal.run {
            visits += 1
            return nil
        }
        #expect(visits == 2)
    }

    @Test("A wake that came before the end is still answered")
    func finishKeepsWake() async {
        let signal = WakeSignal()
        signal.wake()
        signal.finish()
        var visits = 0
        await signal.run {
            visits += 1
            return nil
        }
        #expect(visits == 1)
    }

    @Test("A visit comes at the instant that was asked for, not before, without a wake")
    func instant() async {
        let signal = WakeSignal()
        signal.wake()
        var visits = 0
        let wanted = ContinuousClock.now + .milliseconds(20)
        await signal.run {
            visits += 1
            if visits == 1 { return wanted }
            signal.finish()
            return nil
        }
        #expect(visits == 2)
        #expect(ContinuousClock.now >= wanted)
    }

    @Test("An earlier instant that is asked for later is not held up by the first")
    func earlierInstant() async {
        let signal = WakeSignal()
        signal.wake()
        var visits = 0
        await signal.run {
            visits += 1
            switch visits {
            case 1:
                signal.wake()
                return .now + .seconds(3600)
            case 2:
                return .now + .milliseconds(5)
            default:
                signal.finish()
                return nil
            }
        }
        #expect(visits == 3)
    }

    @Test("The same instant asked for on every visit is answered once it has come")
    func sameInstantAgain() async {
        let signal = WakeSignal()
        signal.wake()
        let wanted = ContinuousClock.now + .milliseconds(20)
        var visits = 0
        await signal.run {
            visits += 1
            if ContinuousClock.now >= wanted {
                signal.finish()
                return nil
            }
            if visits < 5 { signal.wake() }
            return wanted
        }
        #expect(visits == 6)
    }

    @Test("Cancellation ends the loop and its timers")
    func cancellation() async {
        let signal = WakeSignal()
        signal.wake()
        await withTaskGroup(of: Void.self) { tasks in
            let (visited, continuation) = AsyncStream.makeStream(of: Void.self)
            tasks.addTask {
                await signal.run {
                    continuation.yield()
                    return .now + .seconds(3600)
                }
            }
            var visits = visited.makeAsyncIterator()
            await visits.next()
            tasks.cancelAll()
            await tasks.waitForAll()
        }
    }

    @Test("Wakes from many threads are never lost")
    func concurrentWakes() async {
        let signal = WakeSignal()
        let pending = Pending()
        let target = 4 * 2000
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    for _ in 0..<2000 {
                        pending.count.withLock { $0 += 1 }
                        signal.wake()
                    }
                }
            }
            var seen = 0
            await signal.run {
                seen += pending.count.withLock { count in
                    defer { count = 0 }
                    return count
                }
                if seen == target { signal.finish() }
                return nil
            }
            #expect(seen == target)
        }
    }

    /// The thread sanitizer's shadow of the memory counts as memory: under it this would measure the sanitizer.
    private static let isSanitized = ProcessInfo.processInfo.environment["TSAN_OPTIONS"] != nil

    @Test("A loop that asked for many instants has not grown with each", .disabled(if: isSanitized))
    func timersAreLetGo() async throws {
        // A finished timer that was kept would cost 850 bytes, in each round. What other tests that run beside this one take
        // they do not take in every round.
        var growths: [Int] = []
        while growths.count < 5, growths.allSatisfy({ $0 >= 45_000_000 }) {
            growths.append(await growth(visits: 80_000))
        }
        #expect(growths.contains { $0 < 45_000_000 }, "bytes in each round: \(growths)")
    }

    /// By how many bytes the process has grown between a tenth of the visits and the last.
    private func growth(visits: Int) async -> Int {
        let signal = WakeSignal()
        signal.wake()
        var count = 0
        var before = 0
        await signal.run {
            count += 1
            if count == visits / 10 { before = residentBytes() }
            guard count == visits else { return .now }
            signal.finish()
            return nil
        }
        return residentBytes() - before
    }

    /// How much memory this process occupies.
    private func residentBytes() -> Int {
        let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").dropFirst()
            .first
        return (pages.flatMap { Int($0) } ?? 0) * 4096
    }
}

private final class Pending: Sendable {
    let count = Mutex(0)
}
