import Testing

/// A Redis and fronts on it for one test, all stopped when it ends.
struct Fronts: Sendable {
    let redis: TestRedis
    let fronts: [MusterFront]

    subscript(index: Int) -> MusterFront { fronts[index] }

    /// `ZCARD` of a group, asked as an operator asks.
    func count(_ group: String = "users") async throws -> Int? {
        Int(try await redis.cli("zcard", "asgi:group:\(group)"))
    }

    /// Waits until `ZCARD` says so.
    func waitUntilCount(_ expected: Int, timeout: Duration = .seconds(30)) async throws {
        var last: Int?
        do {
            try await eventually("a count of \(expected)", timeout: timeout) {
                last = try await count()
                return last == expected
            }
        } catch HarnessError.timedOut(let what, let duration, _) {
            throw HarnessError.timedOut(waitingFor: what, after: duration, detail: "ZCARD is \(last ?? -1)")
        }
    }

    /// A front's metric by its whole name, labels included; 0 if it has none of that name yet.
    func metric(_ name: String, of index: Int) async throws -> Double {
        try await fronts[index].metric(name)
    }
}

extension MusterFront {
    /// A metric by its whole name, labels included; 0 if there is none of that name yet.
    func metric(_ name: String) async throws -> Double {
        let text = try await get("/metrics").body
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
    }
}

/// Runs `body` with a Redis and as many ready fronts as asked for.
func withFronts<Result>(
    _ count: Int,
    arguments: [String] = [],
    _ body: (Fronts) async throws -> Result
) async throws -> Result {
    try await withTestRedis { redis in
        var fronts: [MusterFront] = []
        do {
            for _ in 0..<count {
                fronts.append(try await MusterFront.start(redis: redis.url, arguments: ["--threads", "2"] + arguments))
            }
            for front in fronts { try await front.waitUntilReady() }
            let result = try await body(Fronts(redis: redis, fronts: fronts))
            for front in fronts { await front.stop() }
            return result
        } catch {
            for front in fronts {
                Issue.record("front on port \(front.port):\n\(front.process.lastLines(5))")
                await front.stop()
            }
            throw error
        }
    }
}
