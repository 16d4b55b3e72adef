/// Sends a number to everyone in the demonstration's group, as an operator does, and waits until all open clients of
/// these swarms have had it, once, whatever counts are told after it.
func broadcast(_ number: Int, over redis: TestRedis, to swarms: ClientSwarm...) async throws {
    try await broadcast(number, over: redis, to: swarms)
}

/// As above.
func broadcast(_ number: Int, over redis: TestRedis, to swarms: [ClientSwarm]) async throws {
    for swarm in swarms { try await swarm.lookOut(for: #"{"message": "\#(number)"}"#) }
    let message = #"{"type": "number", "message": "\#(number)"}"#
    let result = try await ChildProcess.run(
        Repository.musterExecutable(),
        ["send", "users", message, "--redis", redis.url]
    )
    guard result.status == .exited(0) else {
        throw HarnessError.commandFailed(command: "muster send", output: result.standardError)
    }
    for swarm in swarms where try await swarm.tally().open > 0 { try await swarm.waitUntilAllSaw() }
}
