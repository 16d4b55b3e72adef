import Foundation
import NIOHTTP1
import Testing

/// The HTTP API of a whole front.
@Suite("HTTP API")
struct GroupSendAPITests {
    private static let path = "/api/v1/groups/message.ann/send"
    private static let message = #"{"type": "websocket.send", "text": "hello"}"#

    private func status(
        _ front: MusterFront,
        key: String? = MusterFront.notificationKey,
        _ body: String = message
    ) async throws -> Int {
        try await HTTPExchange.send(
            front.url + Self.path,
            method: .POST,
            headers: key.map { ["Authorization": "Bearer \($0)"] } ?? [:],
            body: body
        ).status
    }

    @Test("Requests that are not good get their status, and are counted; the front goes on")
    func statuses() async throws {
        try await withFronts(1, arguments: MusterFront.notificationArguments) { fronts in
            let front = fronts[0]
            #expect(try await status(front) == 200)
            #expect(try await status(front, key: nil) == 401)
            #expect(try await status(front, key: "another") == 401)
            #expect(try await status(front, "{") == 400)
            let long = #"{"type": "t", "text": "\#(String(repeating: "a", count: 1 << 20))"}"#
            #expect(try await status(front, long) == 413)
            #expect(try await front.get("/api/v1/groups").status == 404)
            #expect(try await front.get(Self.path).status == 405)
            #expect(try await fronts.metric("muster_api_sends_total", of: 0) == 1)
            #expect(try await fronts.metric(#"muster_api_refusals_total{status="401"}"#, of: 0) == 2)
            fronts.redis.kill()
            try await eventually("503 while Redis is away", timeout: .seconds(30)) { try await status(front) == 503 }
            try await fronts.redis.restart()
            try await eventually("200 when it is back", timeout: .seconds(60)) { try await status(front) == 200 }
        }
    }

    @Test("Without keys the API refuses all")
    func noKeys() async throws {
        let front = try await MusterFront.start()
        #expect(try await status(front) == 403)
        await front.stop()
    }

    @Test("curl sends, one request after the other on one connection, also after one that was too long")
    func curl() async throws {
        let front = try await MusterFront.start(environment: ["MUSTER_API_KEYS": "one,two"])
        let client = try await WebSocketClient.connect(front.webSocketOrigin + "/message/ann/stream/")
        let directory = try TemporaryDirectory(prefix: "muster-curl")
        let long = directory.path + "/long.json"
        try String(repeating: "a", count: 3 << 20).write(toFile: long, atomically: true, encoding: .utf8)
        func request(_ data: String) -> [String] {
            [
                "-s", "-o", "/dev/null", "-w", "%{http_code} %{num_connects}\n",
                "-H", "Authorization: Bearer two", "-d", data, front.url + Self.path,
            ]
        }
        let arguments = request(Self.message) + ["--next"] + request("@" + long) + ["--next"] + request(Self.message)
        let result = try await ChildProcess.run("curl", arguments)
        let lines = result.standardOutput.split(separator: "\n")
        #expect(lines.map { $0.prefix(3) } == ["200", "413", "200"])
        #expect(lines.first == "200 1" && lines.dropFirst().first == "413 0")
        for _ in 0..<2 { #expect(try await client.nextText() == "hello") }
        try directory.remove()
        await front.stop()
    }
}
