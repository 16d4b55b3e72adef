/// Runs one of Muster's commands on one or several Redis hosts, as an operator does.
///
/// - Parameters:
///   - arguments: The command and its options.
///   - redis: The hosts, in order.
/// - Returns: What it printed and how it ended.
/// - Throws: ``HarnessError`` if it cannot be run, or does not end.
func muster(_ arguments: String..., on redis: TestRedis...) async throws -> CommandResult {
    try await ChildProcess.run(
        Repository.musterExecutable(),
        arguments + ["--redis", redis.map(\.url).joined(separator: ",")],
        timeout: .seconds(120)
    )
}
