import Glibc
import Synchronization

/// A `muster serve` process of a test's own.
final class MusterFront: Sendable {
    /// The TCP port on 127.0.0.1, the same over ``restart()``.
    let port: Int
    private let arguments: [String]
    private let environment: [String: String]
    private let current: Mutex<ChildProcess>

    /// What the front runs as, for its output and for signals.
    var process: ChildProcess { current.withLock { $0 } }

    /// The front's address, without a path.
    var url: String { "http://127.0.0.1:\(port)" }

    /// The address of a WebSocket path of the front.
    func webSocketURL(_ path: String = "/ws/online_number/") -> String { "ws://127.0.0.1:\(port)\(path)" }

    private init(port: Int, arguments: [String], environment: [String: String], process: ChildProcess) {
        self.port = port
        self.arguments = arguments
        self.environment = environment
        self.current = Mutex(process)
    }

    /// Starts a front and waits until it listens.
    ///
    /// - Parameters:
    ///   - redis: The address of its Redis; nil starts it with the layer in memory.
    ///   - port: Where to listen; nil picks a free port that stays free for a restart.
    ///   - arguments: Further options of `muster serve`; without a drain of their own, draining takes no time.
    ///   - environment: Added to this process's environment.
    /// - Returns: The listening front; it need not be ready yet, see ``waitUntilReady(timeout:)``.
    /// - Throws: ``HarnessError`` when `muster` is not built or does not come up.
    static func start(
        redis: String? = nil,
        port: Int? = nil,
        arguments: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> MusterFront {
        // Tests that are about something else do not wait for load balancers.
        let quick = ["--drain-delay", "--drain"].filter { !arguments.contains($0) }.flatMap { [$0, "0"] }
        let options = (redis.map { ["--redis", $0] } ?? []) + quick + arguments
        let requested = try port ?? FreePort.pick()
        let (process, actual) = try await launch(port: requested, options, environment)
        return MusterFront(port: actual, arguments: options, environment: environment, process: process)
    }

    /// Starts the front again on the same port, ending the old process first when it still runs.
    func restart() async throws {
        let old = process
        old.kill9()
        try await old.waitForExit()
        let (new, _) = try await Self.launch(port: port, arguments, environment)
        current.withLock { $0 = new }
    }

    /// Asks for a graceful end (SIGTERM) and waits for it.
    ///
    /// - Returns: How the process ended; 0 is the front's promise.
    @discardableResult
    func terminate(timeout: Duration = .seconds(20)) async throws -> ExitStatus {
        process.signal(SIGTERM)
        return try await process.waitForExit(timeout: timeout)
    }

    /// Ends the front as a crash of its machine would.
    func kill9() { process.kill9() }

    /// Freezes the front (SIGSTOP): its connections stay open and its heartbeat stops.
    func pause() { process.signal(SIGSTOP) }

    /// Lets a paused front go on (SIGCONT).
    func resume() { process.signal(SIGCONT) }

    /// Ends the front in any case; safe to call twice.
    func stop() async { await process.stop() }

    /// Waits until `/readyz` answers 200.
    func waitUntilReady(timeout: Duration = .seconds(20)) async throws {
        var last = "no answer"
        do {
            try await eventually("readiness of the front on port \(port)", timeout: timeout) {
                try process.requireRunning()
                do {
                    let response = try await get("/readyz")
                    last = "\(response.status) \(response.body)"
                    return response.status == 200
                } catch {
                    last = "\(error)"
                    return false
                }
            }
        } catch HarnessError.timedOut(let what, let duration, _) {
            throw HarnessError.timedOut(waitingFor: what, after: duration, detail: "\(last)\n\(process.lastLines())")
        }
    }

    /// Sends a GET request to the front.
    func get(_ path: String) async throws -> (status: Int, body: String) {
        let response = try await HTTPExchange.send(url + path)
        return (response.status, response.body)
    }

    // MARK: Private

    private static func launch(
        port: Int,
        _ options: [String],
        _ environment: [String: String]
    ) async throws -> (ChildProcess, port: Int) {
        let fixed = ["serve", "--host", "127.0.0.1", "--port", String(port)]
        let process = try await ChildProcess.start(
            Repository.musterExecutable(),
            fixed + options,
            environment: environment
        )
        let line = try await process.waitForLine(containing: "muster: listening on http://")
        guard let actual = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw HarnessError.unexpected("no port number at the end of the front's line “\(line)”")
        }
        return (process, actual)
    }
}
