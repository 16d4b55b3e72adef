import Foundation
import Glibc
import NIOPosix
import Synchronization

/// Starts a program and keeps it from outliving the test run.
enum ProcessSpawn {
    struct Request: Sendable {
        var executable: String
        var arguments: [String]
        /// Added to, or replacing entries of, this process's environment.
        var environment: [String: String]
        /// Whether the child reads from a pipe; its standard input is empty otherwise.
        var pipesStandardInput = false
    }

    /// A running child; the descriptors are this process's ends of its pipes and belong to the receiver.
    struct Started: Sendable {
        var pid: pid_t
        var standardInput: CInt?
        var standardOutput: CInt
        var standardError: CInt
    }

    /// Held from the making of a pipe until its writing end is closed again: were a second child started in between,
    /// it would inherit that end, and the first one's output would seem never to end.
    private static let oneAtATime = Mutex(())

    /// Starts a program.
    ///
    /// The kernel sends a child its parent-death signal when the *thread* that started it ends, so the start
    /// happens on a thread of NIO's singleton pool, which lives as long as the process.
    static func spawn(_ request: Request) async throws -> Started {
        try await NIOThreadPool.singleton.runIfActive {
            try oneAtATime.withLock { _ in try spawnOnThisThread(request) }
        }
    }

    private static func spawnOnThisThread(_ request: Request) throws -> Started {
        var kept: [CInt] = []
        var lent: [CInt] = []
        defer { for end in lent { close(end) } }
        do {
            let input = request.pipesStandardInput ? try makePipe() : nil
            if let input {
                kept.append(input.write)
                lent.append(input.read)
            }
            let output = try makePipe()
            kept.append(output.read)
            lent.append(output.write)
            let error = try makePipe()
            kept.append(error.read)
            lent.append(error.write)
            let ends = ChildEnds(input: input?.read, output: output.write, error: error.write)
            var pid: pid_t = 0
            let result = posixSpawn(&pid, request, ends)
            guard result == 0 else {
                throw HarnessError.cannotStart(program: request.executable, reason: String(cString: strerror(result)))
            }
            return Started(
                pid: pid,
                standardInput: input?.write,
                standardOutput: output.read,
                standardError: error.read
            )
        } catch {
            for end in kept { close(end) }
            throw error
        }
    }

    /// The child's ends of its pipes.
    private struct ChildEnds {
        /// Nothing to read if nil.
        var input: CInt?
        var output: CInt
        var error: CInt
    }

    private static func makePipe() throws -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw HarnessError.cannotStart(program: "a pipe", reason: String(cString: strerror(errno)))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// `posix_spawn` with its arguments prepared; returns 0 or an `errno` value.
    private static func posixSpawn(
        _ pid: inout pid_t,
        _ request: Request,
        _ ends: ChildEnds
    ) -> CInt {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input = ends.input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, ends.output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends.error, STDERR_FILENO)
        for descriptor in openDescriptors() { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        configure(&attributes)
        let command = commandLine(request)
        return withCStrings(command) { argv in
            withCStrings(environment(adding: request.environment)) { envp in
                posix_spawn(&pid, command[0], &actions, &attributes, argv, envp)
            }
        }
    }

    /// What this process has open beside the standard three.
    ///
    /// A socket of another test that the child held on to would
    /// stay open when that test closes it.
    private static func openDescriptors() -> [CInt] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { CInt($0) }.filter { $0 > STDERR_FILENO }
    }

    /// A process group of its own (so that what the child starts can be ended with it), no blocked signals, and the
    /// default action for those a test runner may ignore.
    private static func configure(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    /// `setpriv` asks for the parent-death signal and then becomes the program, so the process id stays the same.
    private static func commandLine(_ request: Request) -> [String] {
        let program = [request.executable] + request.arguments
        guard let setpriv = Executables.pathIfInstalled("setpriv") else { return program }
        return [setpriv, "--pdeathsig", "KILL", "--"] + program
    }

    private static func environment(adding changes: [String: String]) -> [String] {
        ProcessInfo.processInfo.environment.merging(changes) { _, new in new }.map { "\($0)=\($1)" }
    }

    /// Lends `strings` as the null-terminated array of C strings that `exec` takes.
    ///
    /// Sound: the copies live until `body` has returned, and `posix_spawn` keeps none of them.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
