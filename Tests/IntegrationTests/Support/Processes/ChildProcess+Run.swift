/// What a program that ran to its end has written.
struct CommandResult: Sendable {
    var status: ExitStatus
    var standardOutput: String
    var standardError: String
}

extension ChildProcess {
    /// Runs a program to its end.
    ///
    /// - Throws: ``HarnessError/timedOut(waitingFor:after:detail:)`` when it takes longer than `timeout`; it is then killed.
    static func run(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        timeout: Duration = .seconds(30)
    ) async throws -> CommandResult {
        let process = try await start(program, arguments, environment: environment)
        do {
            let status = try await process.waitForExit(timeout: timeout)
            return CommandResult(
                status: status,
                standardOutput: process.lines(of: .standardOutput).joined(separator: "\n"),
                standardError: process.lines(of: .standardError).joined(separator: "\n")
            )
        } catch {
            process.kill9()
            throw error
        }
    }
}
