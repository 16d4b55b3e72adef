import NIOCore
import NIOPosix

/// Thousands of WebSocket clients on a few event loops, without a task or a timer per client.
///
/// Dropping the last reference leaves the connections to ``close(_:_:timeout:)`` or to the end of their server.
final class ClientSwarm: Sendable {
    /// How clients leave.
    enum Ending: Sendable {
        /// With a close frame of this code, then waiting for the server's.
        case handshake(code: UInt16)
        /// By closing the TCP connection, as a crashed browser does.
        case drop
    }

    private struct Member: Sendable {
        let loop: any EventLoop
        /// Touched on `loop` only.
        let clients: NIOLoopBound<SwarmLoop>

        func run<Result: Sendable>(_ body: @escaping @Sendable (SwarmLoop) throws -> Result) async throws -> Result {
            try await loop.submit { try body(clients.value) }.get()
        }

        func flatRun(_ body: @escaping @Sendable (SwarmLoop) -> EventLoopFuture<Void>) -> EventLoopFuture<Void> {
            loop.flatSubmit { body(clients.value) }
        }
    }

    private let members: [Member]

    private init(members: [Member]) {
        self.members = members
    }

    /// Opens clients, spread evenly over the addresses.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - urls: One or more `ws://` addresses, taken in turn.
    ///   - loops: On how many event loops the clients live, at most one per core.
    /// - Returns: The open clients.
    /// - Throws: The first client's error; those already open are dropped then.
    static func open(_ count: Int, _ urls: String..., loops: Int = 2) async throws -> ClientSwarm {
        let limit = ResourceLimits.raiseOpenFiles()
        guard count + 200 < limit else {
            throw HarnessError.unexpected(
                "\(count) clients need more than this process's \(limit) descriptors; see ulimit -n"
            )
        }
        let handshakes = try urls.map { WebSocketHandshake(endpoint: try Endpoint($0)) }
        var members: [Member] = []
        for loop in Array(MultiThreadedEventLoopGroup.singleton.makeIterator()).prefix(max(1, loops)) {
            let clients = try await loop.submit {
                NIOLoopBound(SwarmLoop(loop: loop, handshakes: handshakes), eventLoop: loop)
            }.get()
            members.append(Member(loop: loop, clients: clients))
        }
        let swarm = ClientSwarm(members: members)
        do {
            try await swarm.openMore(count)
        } catch {
            try? await swarm.close(.max, .drop)
            throw error
        }
        return swarm
    }

    /// Opens further clients.
    func openMore(_ count: Int) async throws {
        let futures = zip(members, shares(of: count)).map { member, share in member.flatRun { $0.open(share) } }
        for future in futures { try await future.get() }
    }

    /// What all clients have seen up to now.
    func tally() async throws -> SwarmTally {
        var sum = SwarmTally()
        for member in members { sum.add(try await member.run { $0.tally() }) }
        return sum
    }

    /// Data messages received by all clients together, since the start or ``resetCounts()``.
    var totalFrames: Int {
        get async throws { try await tally().frames }
    }

    /// Counts messages and bytes from zero again.
    func resetCounts() async throws {
        for member in members { try await member.run { $0.resetCounts() } }
    }

    /// Waits until the last text of every open client is `text`; fails at once when no client is open.
    func waitUntilAllLastFrames(equal text: String, timeout: Duration = .seconds(30)) async throws {
        let what = "“\(text)” as the last text of all clients"
        do {
            try await eventually(what, timeout: timeout, every: .milliseconds(50)) {
                let tally = try await tally()
                guard tally.open > 0 else { throw HarnessError.unexpected("no client is open: \(tally.summary)") }
                return tally.lastTexts[text] == tally.open
            }
        } catch HarnessError.timedOut {
            throw HarnessError.timedOut(waitingFor: what, after: timeout, detail: try await tally().summary)
        }
    }

    /// Counts a text at every client from now on, so that it is seen whatever comes after it.
    func lookOut(for text: String) async throws {
        for member in members { try await member.run { $0.lookOut(for: text) } }
    }

    /// Waits until every open client has had the text that it looks out for; fails if one had it more than once.
    func waitUntilAllSaw(timeout: Duration = .seconds(30)) async throws {
        let what = "the awaited text at all clients"
        do {
            try await eventually(what, timeout: timeout, every: .milliseconds(50)) {
                let tally = try await tally()
                guard tally.open > 0 else { throw HarnessError.unexpected("no client is open: \(tally.summary)") }
                guard !tally.sightings.keys.contains(where: { $0 > 1 }) else {
                    throw HarnessError.unexpected("it came more than once: \(tally.sightings)")
                }
                return tally.sightings[1] == tally.open
            }
        } catch HarnessError.timedOut {
            let tally = try await tally()
            let detail = "clients by how often it came: \(tally.sightings), \(tally.summary)"
            throw HarnessError.timedOut(waitingFor: what, after: timeout, detail: detail)
        }
    }

    /// Sends one text from every open client.
    func sendFromEach(_ text: String) async throws {
        for member in members { try await member.run { $0.sendFromEach(text) } }
    }

    /// Ends clients, the oldest first, and waits until their connections are closed.
    ///
    /// - Parameters:
    ///   - count: How many; more than there are means all.
    ///   - ending: With a closing handshake or without.
    ///   - timeout: How long the server may take to close its side.
    /// - Throws: ``HarnessError/timedOut(waitingFor:after:detail:)`` when connections stay open.
    func close(_ count: Int, _ ending: Ending = .handshake(code: 1000), timeout: Duration = .seconds(30)) async throws {
        let closed = zip(members, try await openShares(of: count)).map { member, share in
            member.flatRun { $0.close(share, ending) }
        }
        let all = EventLoopFuture.andAllComplete(closed, on: members[0].loop)
        let deadline = members[0].loop.makePromise(of: Void.self)
        let timer = members[0].loop.scheduleTask(in: TimeAmount(timeout)) {
            deadline.fail(HarnessError.timedOut(waitingFor: "the end of \(count) clients", after: timeout, detail: ""))
        }
        all.cascade(to: deadline)
        defer { timer.cancel() }
        try await deadline.futureResult.get()
    }

    // MARK: Private

    private func shares(of count: Int) -> [Int] {
        members.indices.map { count / members.count + ($0 < count % members.count ? 1 : 0) }
    }

    /// How many of `count` clients each loop has to give, evenly as far as its open ones reach.
    private func openShares(of count: Int) async throws -> [Int] {
        var open: [Int] = []
        for member in members { open.append(try await member.run { $0.tally().open }) }
        var shares = zip(shares(of: count), open).map(min)
        for index in shares.indices {
            let missing = min(count, open.reduce(0, +)) - shares.reduce(0, +)
            shares[index] += min(missing, open[index] - shares[index])
        }
        return shares
    }
}
