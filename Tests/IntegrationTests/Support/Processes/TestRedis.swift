import Glibc
import Synchronization

/// A real redis-server of a test's own: a free port on 127.0.0.1, nothing on disk, gone with the test.
final class TestRedis: Sendable {
    /// The TCP port, the same over ``restart()``.
    let port: Int
    /// Where the server runs; a place for a Unix socket, a certificate or an ACL file.
    let directory: TemporaryDirectory
    private let arguments: [String]
    private let process: Mutex<ChildProcess>

    /// The server's address, `redis://127.0.0.1:PORT`.
    var url: String { "redis://127.0.0.1:\(port)" }

    private init(port: Int, directory: TemporaryDirectory, arguments: [String], process: ChildProcess) {
        self.port = port
        self.directory = directory
        self.arguments = arguments
        self.process = Mutex(process)
    }

    /// Starts a server and waits until it accepts connections.
    ///
    /// - Parameter arguments: Further options as on redis-server's command line, such as `["--maxclients", "100"]`.
    /// - Returns: The running server.
    /// - Throws: ``HarnessError`` when redis-server is not installed or does not come up.
    static func start(arguments: [String] = []) async throws -> TestRedis {
        let directory = try TemporaryDirectory(prefix: "muster-redis")
        var lastError: any Error = HarnessError.unexpected("redis-server was never tried")
        // Another process may take the port between its choice and the server's bind.
        for _ in 0..<3 {
            do {
                let port = try FreePort.pick()
                let process = try await launch(port: port, directory: directory, arguments: arguments)
                return TestRedis(port: port, directory: directory, arguments: arguments, process: process)
            } catch HarnessError.exited(let program, let status, let output) {
                lastError = HarnessError.exited(program: program, status: status, output: output)
            }
        }
        throw lastError
    }

    /// Runs `redis-cli` with these arguments and returns what it printed, without the last newline.
    ///
    /// - Throws: ``HarnessError/commandFailed(command:output:)`` when Redis answers with an error.
    @discardableResult
    func cli(_ arguments: String...) async throws -> String {
        try await call(arguments)
    }

    /// The same with a list of arguments.
    @discardableResult
    func call(_ arguments: [String]) async throws -> String {
        let result = try await ChildProcess.run("redis-cli", ["-p", String(port)] + arguments)
        let output = result.standardOutput + result.standardError
        guard result.status == .exited(0), !Self.isErrorReply(output) else {
            throw HarnessError.commandFailed(command: "redis-cli \(arguments.joined(separator: " "))", output: output)
        }
        return result.standardOutput
    }

    /// Freezes the server (SIGSTOP): connections stay open and unanswered, as in a network partition.
    func pause() { current.signal(SIGSTOP) }

    /// Lets a paused server go on (SIGCONT).
    func resume() { current.signal(SIGCONT) }

    /// Ends the server with `kill -9`; every key is lost, or as it was at the last `SAVE`, and the port stays reserved
    /// for ``restart()``.
    func kill() { current.kill9() }

    /// Starts a server on the same port, ending the old one first when it still runs.
    ///
    /// It is empty, unless somebody has sent `SAVE`: then it holds what it held at that time.
    func restart() async throws {
        let old = current
        old.kill9()
        try await old.waitForExit()
        let new = try await Self.launch(port: port, directory: directory, arguments: arguments)
        process.withLock { $0 = new }
    }

    /// Ends the server; safe to call twice, and on a paused or killed one.
    func stop() async {
        await current.stop()
    }

    // MARK: Private

    private var current: ChildProcess { process.withLock { $0 } }

    private static func launch(
        port: Int,
        directory: TemporaryDirectory,
        arguments: [String]
    ) async throws -> ChildProcess {
        let fixed = [
            "--port", String(port), "--bind", "127.0.0.1", "--dir", directory.path,
            "--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "notice",
        ]
        let process = try await ChildProcess.start("redis-server", fixed + arguments)
        try await process.waitForLine(containing: "Ready to accept connections")
        return process
    }

    /// `redis-cli` prints an error reply like any other text; Redis's own error codes tell them apart.
    private static func isErrorReply(_ output: String) -> Bool {
        let codes = ["ERR", "WRONGTYPE", "NOAUTH", "WRONGPASS", "NOPERM", "NOSCRIPT", "LOADING", "OOM", "READONLY"]
        let firstWord = output.prefix { $0 != " " && $0 != "\n" }
        return codes.contains(String(firstWord)) && output.contains(" ")
    }
}

/// Runs `body` with a Redis of its own and stops it whatever happens.
func withTestRedis<Result>(
    arguments: [String] = [],
    _ body: (TestRedis) async throws -> Result
) async throws -> Result {
    let redis = try await TestRedis.start(arguments: arguments)
    do {
        let result = try await body(redis)
        await redis.stop()
        return result
    } catch {
        await redis.stop()
        throw error
    }
}
