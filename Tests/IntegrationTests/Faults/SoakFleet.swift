import MusterTesting
import Synchronization

/// Fronts with clients of their own, each front behind a link of its own to one Redis, and what can go wrong with them.
final class SoakFleet: Sendable {
    /// The most clients per front.
    static let clientLimit = 120

    let redis: TestRedis
    let links: [FaultyLink]
    let fronts: [MusterFront]
    /// The clients of each front, who know which of their connections are open.
    let swarms: [ClientSwarm]
    private let history = Mutex<[String]>([])
    private let faultCount = Atomic<Int>(0)

    private init(redis: TestRedis, links: [FaultyLink], fronts: [MusterFront], swarms: [ClientSwarm]) {
        self.redis = redis
        self.links = links
        self.fronts = fronts
        self.swarms = swarms
    }

    /// Starts a Redis, links, ready fronts, and swarms without clients.
    static func start(fronts count: Int) async throws -> SoakFleet {
        let redis = try await TestRedis.start()
        var links: [FaultyLink] = []
        var fronts: [MusterFront] = []
        var swarms: [ClientSwarm] = []
        for _ in 0..<count {
            let link = try await FaultyLink.start(to: redis.port)
            let arguments = [
                "--threads", "2", "--heartbeat", "0.5", "--lease", "2", "--probe-interval", "0.5", "--drain", "1",
                "--drain-delay", "0.2", "--log-level", "error",
            ]
            let front = try await MusterFront.start(redis: link.url, arguments: arguments)
            links.append(link)
            fronts.append(front)
            swarms.append(try await ClientSwarm.open(0, front.webSocketURL(), loops: 1))
        }
        for front in fronts { try await front.waitUntilReady() }
        return SoakFleet(redis: redis, links: links, fronts: fronts, swarms: swarms)
    }

    func stop() async throws {
        for front in fronts { front.kill9() }
        for link in links { try await link.stop() }
        await redis.stop()
    }

    /// How many faults there were.
    var faults: Int { faultCount.load(ordering: .relaxed) }
    /// The latest faults, for error messages.
    var latest: String { history.withLock { $0.suffix(25).joined(separator: "\n") } }

    /// How many connections are open by front, in rising order and without zeros.
    func openConnections() async throws -> [Int] {
        var open: [Int] = []
        for swarm in swarms { open.append(try await swarm.tally().open) }
        return open.filter { $0 > 0 }.sorted()
    }

    /// How many members a group has by front, in rising order.
    func members(of group: String = "users") async throws -> [Int] {
        let names = try await redis.cli("zrange", "asgi:group:\(group)", "0", "-1").split(separator: "\n")
        return Dictionary(grouping: names) { $0.prefix { $0 != "!" } }.values.map(\.count).sorted()
    }

    /// What each front and its clients say, for error messages.
    func summary() async throws -> [String] {
        var lines: [String] = []
        for (index, front) in fronts.enumerated() {
            let connections = Int(try await front.metric("muster_connections"))
            let clients = try await swarms[index].tally().summary
            lines.append("front \(index): \(connections) connections; its clients: \(clients)")
        }
        return lines
    }

    // MARK: - Load

    /// Clients of one front come and go until the task is cancelled; a front that is away costs them nothing but time.
    func churn(_ index: Int, seed: UInt64) async {
        var random = SeededGenerator(seed: seed)
        while !Task.isCancelled {
            let amount = Int.random(in: 1...15, using: &random)
            let isComing = Bool.random(using: &random)
            let isDrop = Bool.random(using: &random)
            do {
                let open = try await swarms[index].tally().open
                if open < 20 || (isComing && open < Self.clientLimit) {
                    try await swarms[index].openMore(amount)
                } else {
                    try await swarms[index].close(amount, isDrop ? .drop : .handshake(code: 1000))
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...60, using: &random)))
            } catch {
                // Refused or cut off: what they know of their connections is all that counts.
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    // MARK: - Faults

    /// Fronts crash, stand still and are restarted, until a time.
    func harmFronts(until end: ContinuousClock.Instant, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        while .now < end {
            let index = Int.random(in: fronts.indices, using: &random)
            let pause = Duration.milliseconds(Int.random(in: 200...5000, using: &random))
            let front = fronts[index]
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                note("front \(index): kill -9, back after \(pause)")
                front.kill9()
                try await Task.sleep(for: pause)
                try await front.restart()
            case 1:
                note("front \(index): kill -9, back at once")
                try await front.restart()
            case 2:
                note("front \(index): stands still for \(pause)")
                front.pause()
                try await Task.sleep(for: pause)
                front.resume()
            default:
                note("front \(index): restarted gracefully")
                let status = try await front.terminate(timeout: .seconds(40))
                guard status == .exited(0) else {
                    let lines = front.process.lastLines(200)
                    throw HarnessError.unexpected("front \(index) did not end well, \(status):\n\(lines)")
                }
                try await front.restart()
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 100...2500, using: &random)))
        }
    }

    /// Links fail, and Redis forgets or goes away, until a time.
    func harmRedis(until end: ContinuousClock.Instant, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        while .now < end {
            let index = Int.random(in: links.indices, using: &random)
            let pause = Duration.milliseconds(Int.random(in: 100...5000, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
            case 0:
                note("link \(index): cut")
                try await links[index].cut()
            case 1:
                try await fail(index, .refused, "refuses", for: pause)
            case 2:
                try await fail(index, .held(.both), "holds", for: pause)
            case 3:
                let direction: LinkDirections = Bool.random(using: &random) ? .toServer : .both
                try await fail(index, .swallowed(direction), "swallows", for: pause)
            case 4:
                note("Redis: FLUSHALL")
                try await redis.cli("flushall")
            case 5:
                note("Redis: killed, back empty after \(pause)")
                redis.kill()
                try await Task.sleep(for: pause)
                try await redis.restart()
            default:
                note("Redis: CLIENT KILL of the relay's connections")
                try await redis.cli("client", "kill", "type", "pubsub")
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 100...2500, using: &random)))
        }
    }

    private func fail(_ index: Int, _ fault: LinkFault, _ what: String, for duration: Duration) async throws {
        note("link \(index): \(what) for \(duration)")
        try await links[index].set(fault)
        try await Task.sleep(for: duration)
        try await links[index].set(.none)
    }

    private func note(_ fault: String) {
        faultCount.add(1, ordering: .relaxed)
        history.withLock { history in
            history.append(fault)
            if history.count > 200 { history.removeFirst(100) }
        }
    }
}
