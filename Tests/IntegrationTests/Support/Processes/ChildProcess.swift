import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A program started by a test: its output line by line, signals, and a certain end.
///
/// It runs in a process group of its own. Dropping the last reference, or the end of the test run, kills it.
final class ChildProcess: Sendable {
    /// What the process has done so far; shared with the threads that watch it.
    private final class Record: Sendable {
        struct State {
            var standardOutput = OutputLines()
            var standardError = OutputLines()
            var openPipes = 2
            var status: ExitStatus?
        }

        let state = Mutex(State())

        func append(_ line: String, to output: Output) {
            state.withLock { state in
                switch output {
                case .standardOutput: state.standardOutput.append(line)
                case .standardError: state.standardError.append(line)
                }
            }
        }
    }

    /// Which of the two outputs is meant.
    enum Output: Sendable {
        case standardOutput
        case standardError
    }

    let program: String
    let pid: pid_t
    private let record: Record
    /// What the program reads, for one that was started with an input.
    private let input: (any Channel)?

    private init(program: String, pid: pid_t, record: Record, input: (any Channel)?) {
        self.program = program
        self.pid = pid
        self.record = record
        self.input = input
    }

    deinit {
        input?.close(promise: nil)
        Self.signal(SIGKILL, group: pid, record)
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: A path, or a name to look up with ``Executables``.
    ///   - arguments: Its arguments, without the program's own name.
    ///   - environment: Added to this process's environment.
    ///   - hasInput: Whether ``write(line:)`` is wanted; without it the program's input is empty.
    ///   - onLine: Told of each line of its standard output, in order, on an event loop.
    /// - Returns: The running program.
    /// - Throws: ``HarnessError`` when it is not installed or the system refuses to start it.
    static func start(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        hasInput: Bool = false,
        onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ChildProcess {
        let executable = try Executables.path(of: program)
        let started = try await ProcessSpawn.spawn(
            .init(
                executable: executable,
                arguments: arguments,
                environment: environment,
                pipesStandardInput: hasInput
            )
        )
        let record = Record()
        Thread.detachNewThread { reap(started.pid, record) }
        var input: (any Channel)?
        if let descriptor = started.standardInput {
            input = try await openInput(descriptor, of: started.pid, record)
        }
        // From here on the object owns the child: an error below drops it, and that kills the child.
        let child = ChildProcess(program: program, pid: started.pid, record: record, input: input)
        try await capture(started.standardOutput, to: record, .standardOutput, onLine)
        try await capture(started.standardError, to: record, .standardError)
        return child
    }

    /// Writes a line to the program's standard input, and the newline after it.
    ///
    /// - Throws: ``HarnessError/unexpected(_:)`` when it was started without an input, an error when it reads no more.
    func write(line: String) async throws {
        guard let input else { throw HarnessError.unexpected("\(program) was started without an input") }
        try await input.writeAndFlush(ByteBuffer(string: line + "\n")).get()
    }

    /// How it ended, or nil while it runs.
    var status: ExitStatus? { record.state.withLock { $0.status } }

    var isRunning: Bool { status == nil }

    /// Throws ``HarnessError/exited(program:status:output:)`` when the program has ended.
    func requireRunning() throws {
        if let status { throw HarnessError.exited(program: program, status: status, output: lastLines()) }
    }

    /// The lines held of one output, oldest first.
    func lines(of output: Output) -> [String] {
        record.state.withLock { output == .standardOutput ? $0.standardOutput.held : $0.standardError.held }
    }

    /// Waits for a line on either output, those already written included.
    ///
    /// - Returns: The whole line.
    /// - Throws: ``HarnessError/exited(program:status:output:)`` when the program ends without having written it.
    @discardableResult
    func waitForLine(containing text: String, timeout: Duration = .seconds(20)) async throws -> String {
        var looked = (output: 0, error: 0)
        do {
            return try await eventuallyValue("a line with “\(text)” from \(program)", timeout: timeout) {
                let (line, finished) = record.state.withLock { state in
                    let line =
                        state.standardOutput.firstLine(containing: text, from: looked.output)
                        ?? state.standardError.firstLine(containing: text, from: looked.error)
                    looked = (state.standardOutput.endNumber, state.standardError.endNumber)
                    return (line, state.openPipes == 0 ? state.status : nil)
                }
                if line == nil, let finished {
                    throw HarnessError.exited(program: program, status: finished, output: lastLines())
                }
                return line
            }
        } catch HarnessError.timedOut(let what, let duration, _) {
            throw HarnessError.timedOut(waitingFor: what, after: duration, detail: "its last lines:\n\(lastLines())")
        }
    }

    /// Waits until the program has ended by itself or by a signal, and its output has been read to the end.
    @discardableResult
    func waitForExit(timeout: Duration = .seconds(20)) async throws -> ExitStatus {
        try await eventuallyValue("the end of \(program) (pid \(pid))", timeout: timeout, every: .milliseconds(5)) {
            record.state.withLock { $0.openPipes == 0 ? $0.status : nil }
        }
    }

    /// Sends a signal to the program; nothing happens when it has ended.
    func signal(_ signal: Int32) {
        Self.signal(signal, process: pid, record)
    }

    /// Ends the program as a crash of the machine would: it gets no chance to tidy up.
    func kill9() {
        Self.signal(SIGKILL, group: pid, record)
    }

    /// Ends the program: SIGTERM, then SIGKILL when that did not help within `grace`.
    func stop(grace: Duration = .seconds(5)) async {
        signal(SIGTERM)
        signal(SIGCONT)
        if await ended(within: grace) { return }
        kill9()
        _ = await ended(within: .seconds(5))
    }

    /// The last lines of both outputs, for error messages.
    func lastLines(_ count: Int = 20) -> String {
        (lines(of: .standardOutput).suffix(count) + lines(of: .standardError).suffix(count)).joined(separator: "\n")
    }

    // MARK: Private

    /// Looks without `Task.sleep`'s cancellation error: a cancelled test must still end its programs.
    private func ended(within timeout: Duration) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        while isRunning, .now < deadline {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) { continuation.resume() }
            }
        }
        return !isRunning
    }

    /// The channel that writes to a program; takes ownership of `descriptor` and kills the program if that fails.
    private static func openInput(_ descriptor: CInt, of pid: pid_t, _ record: Record) async throws -> any Channel {
        do {
            return try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .takingOwnershipOfDescriptor(output: descriptor)
                .get()
        } catch {
            signal(SIGKILL, group: pid, record)
            throw error
        }
    }

    private static func capture(
        _ descriptor: CInt,
        to record: Record,
        _ output: Output,
        _ onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        try await PipeLines.read(
            descriptor,
            line: { line in
                record.append(line, to: output)
                onLine(line)
            },
            ended: { record.state.withLock { $0.openPipes -= 1 } }
        )
    }

    /// Waits for the end without reaping, then reaps under the lock, so that no signal can go to a reused process id.
    private static func reap(_ pid: pid_t, _ record: Record) {
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        record.state.withLock { state in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            state.status = ExitStatus(waitStatus: status)
        }
    }

    private static func signal(_ signal: Int32, process pid: pid_t, _ record: Record) {
        record.state.withLock { state in
            if state.status == nil { kill(pid, signal) }
        }
    }

    private static func signal(_ signal: Int32, group pid: pid_t, _ record: Record) {
        record.state.withLock { state in
            if state.status == nil { kill(-pid, signal) }
        }
    }
}
