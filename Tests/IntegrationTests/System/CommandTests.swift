import Foundation
import Testing

/// The commands that ask a running system.
@Suite("Commands")
struct CommandTests {
    private func muster(_ arguments: String..., environment: [String: String] = [:]) async throws -> CommandResult {
        try await ChildProcess.run(Repository.musterExecutable(), arguments, environment: environment)
    }

    @Test("count, members and send see what the fronts do")
    func asksARunningSystem() async throws {
        try await withFronts(2) { fronts in
            let url = fronts.redis.url
            #expect(try await muster("count", "users", "--redis", url).standardOutput == "0")
            let first = try await WebSocketClient.connect(fronts[0].webSocketURL())
            let second = try await WebSocketClient.connect(fronts[1].webSocketURL())
            _ = try await first.skipTexts(until: #"{"message": "2"}"#)
            _ = try await second.skipTexts(until: #"{"message": "2"}"#)
            // The environment names Redis as well as the option does.
            let counted = try await muster("count", "users", environment: ["MUSTER_REDIS": url])
            #expect(counted.standardOutput == "2")

            let members = try await muster("members", "users", "--redis", url).standardOutput.split(separator: "\n")
            #expect(members.count == 2)
            // Two fronts: two names before the "!", in the form of channels_redis.
            #expect(Set(members.map { $0.split(separator: "!")[0] }).count == 2)
            #expect(members.allSatisfy { $0.wholeMatch(of: /specific\.[0-9a-f]{32}![0-9]+/) != nil })

            let sent = try await muster("send", "users", #"{"type": "number", "message": "7"}"#, "--redis", url)
            #expect(sent.standardOutput == "sent to 2 processes")
            _ = try await first.skipTexts(until: #"{"message": "7"}"#)
            _ = try await second.skipTexts(until: #"{"message": "7"}"#)

            // The members come in the order of joining: the first connection's name is the first.
            let name = String(members[0])
            let personal = #"{"type": "number", "message": "8"}"#
            let direct = try await muster("send", "--channel", name, personal, environment: ["MUSTER_REDIS": url])
            #expect(direct.status.description == "exit code 0", "\(direct.standardError)")
            _ = try await first.skipTexts(until: #"{"message": "8"}"#)
            _ = try await muster("send", "users", #"{"type": "number", "message": "9"}"#, "--redis", url)
            let others = try await second.skipTexts(until: #"{"message": "9"}"#)
            #expect(!others.contains(#"{"message": "8"}"#))
        }
    }

    @Test("watch prints each change as a line when its output is not a terminal")
    func watches() async throws {
        try await withFronts(1) { fronts in
            let watch = try await ChildProcess.start(
                Repository.musterExecutable(),
                ["watch", "users", "--interval", "50", "--redis", fronts.redis.url]
            )
            _ = try await watch.waitForLine(containing: "0")
            let client = try await WebSocketClient.connect(fronts[0].webSocketURL())
            _ = try await watch.waitForLine(containing: "1")
            try await client.close()
            try await eventually("the line of the leave") { watch.lines(of: .standardOutput) == ["0", "1", "0"] }
            await watch.stop()
        }
    }

    @Test("Redis absent: exit status 1 and one line that says what to do")
    func redisAbsent() async throws {
        let port = try FreePort.pick()
        let result = try await muster("count", "users", "--redis", "redis://127.0.0.1:\(port)")
        #expect(result.status.description == "exit code 1")
        let lines = result.standardError.split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines.first?.contains("127.0.0.1:\(port)") == true)
    }

    @Test("The version is told")
    func version() async throws {
        let result = try await muster("--version")
        #expect(result.status.description == "exit code 0")
        #expect(result.standardOutput.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+/) != nil, "\(result.standardOutput)")
    }

    @Test(
        "Bad options end with one clear line",
        arguments: [
            (["serve", "--port", "70000"], "--port"),
            (["serve", "--redis", "http://x"], "redis://"),
            (["serve", "--log-level", "loud"], "loud"),
            (["serve", "--serializer", "xml"], "xml"),
            (["serve", "--channel-capacity", "jobs"], "http.*=200"),
            (["serve", "--worker", "/room/=no spaces"], "channel name"),
            (["serve", "--worker", "/room/=jobs"], "set --redis too"),
            (["count", "no spaces"], "group name"),
            (["send", "--channel", "no spaces", #"{"type": "t"}"#], "channel name"),
            (["send", "users", "{"], "message"),
            (["send", "users", #"{"no": "type"}"#], "type"),
        ]
    )
    func badOptions(arguments: [String], mention: String) async throws {
        let result = try await ChildProcess.run(Repository.musterExecutable(), arguments)
        #expect(result.status.description != "exit code 0")
        #expect(result.standardError.contains(mention), "\(result.standardError)")
    }

    @Test("A port that is taken ends serve with exit code 1 and one line that names it")
    func portTaken() async throws {
        let front = try await MusterFront.start()
        let result = try await muster("serve", "--port", "\(front.port)", "--log-level", "error")
        #expect(result.status.description == "exit code 1")
        #expect(
            result.standardError == "Error: cannot listen on 127.0.0.1:\(front.port): Address already in use; "
                + "choose another --host or --port"
        )
        await front.stop()
    }

    @Test("A configuration file sets what no option and no variable does")
    func configurationFile() async throws {
        try await withTestRedis { redis in
            let directory = try TemporaryDirectory(prefix: "muster-config")
            let file = directory.path + "/muster.yaml"
            let settings = "redis: \(redis.url)\nprefix: other\nlog-level: debug\n"
            try settings.write(toFile: file, atomically: true, encoding: .utf8)
            let front = try await MusterFront.start(arguments: ["--config", file])
            try await front.waitUntilReady()
            let client = try await WebSocketClient.connect(front.webSocketURL())
            _ = try await client.nextText()
            #expect(try await redis.cli("zcard", "other:group:users") == "1")
            await front.stop()
            try directory.remove()
        }
    }
}
