import Foundation
import Glibc
import Testing

/// The harness's own child processes and Redis: what the other tests rest on.
@Suite("Harness: processes and Redis")
struct HarnessProcessTests {
    @Test("A child's two outputs are captured line by line, and its exit code")
    func capturesOutput() async throws {
        let result = try await ChildProcess.run("sh", ["-c", "echo one; echo two >&2; printf three; exit 7"])
        #expect(result.status == .exited(7))
        #expect(result.standardOutput == "one\nthree")
        #expect(result.standardError == "two")
    }

    @Test("stop() ends a child that ignores SIGTERM, and what the child started")
    func stopsStubbornChild() async throws {
        let script = "trap '' TERM; sleep 600 & echo started $!; while :; do wait; done"
        let child = try await ChildProcess.start("sh", ["-c", script])
        let line = try await child.waitForLine(containing: "started")
        let grandchild = try #require(line.split(separator: " ").last.flatMap { pid_t($0) })
        await child.stop(grace: .milliseconds(200))
        #expect(child.status == .signalled(SIGKILL))
        try await eventually("the end of the grandchild") { !isAlive(grandchild) }
    }

    /// A process that has ended but that nobody has reaped yet, as in a container without an init, is not alive.
    private func isAlive(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    @Test("Waiting for a line of a program that has ended fails at once, with its output")
    func reportsEarlyExit() async throws {
        let child = try await ChildProcess.start("sh", ["-c", "echo no such option; exit 2"])
        let error = await #expect(throws: HarnessError.self) {
            try await child.waitForLine(containing: "listening", timeout: .seconds(60))
        }
        #expect(error?.description.contains("no such option") == true)
    }

    @Test("A missing program is named together with the way to install it")
    func namesMissingProgram() async throws {
        let error = await #expect(throws: HarnessError.self) {
            try await ChildProcess.start("no-such-program-here")
        }
        #expect(error?.description.contains("Scripts/install-dependencies") == true)
    }

    @Test("Redis starts, answers, reports errors, pauses, resumes, dies and comes back empty on the same port")
    func redisLife() async throws {
        try await withTestRedis { redis in
            #expect(try await redis.cli("set", "key", "a value") == "OK")
            #expect(try await redis.cli("get", "key") == "a value")
            await #expect(throws: HarnessError.self) { try await redis.cli("incr", "key") }

            redis.pause()
            let unanswered = await #expect(throws: HarnessError.self) {
                try await ChildProcess.run("redis-cli", ["-p", "\(redis.port)", "ping"], timeout: .milliseconds(300))
            }
            #expect(unanswered?.description.contains("vain") == true)
            redis.resume()
            #expect(try await redis.cli("get", "key") == "a value")

            redis.kill()
            try await eventually("a refused connection") { (try? await redis.cli("ping")) == nil }
            try await redis.restart()
            #expect(try await redis.cli("get", "key") == "")
        }
    }
}
