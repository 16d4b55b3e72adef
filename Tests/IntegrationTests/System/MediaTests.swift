import Foundation
import NIOHTTP1
import Testing

/// Uploads and downloads over two fronts that share a directory, behind HAProxy.
@Suite("Media")
struct MediaTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory(prefix: "muster-media")
    }

    private var media: String { directory.path + "/media" }

    /// The files that the fronts hold, whole or not.
    private func stored() -> [String] {
        let names = FileManager.default.enumerator(atPath: media)?.compactMap { $0 as? String } ?? []
        return names.filter { ($0 as NSString).lastPathComponent.count > 8 }.sorted()
    }

    /// Writes a file to upload: an image's beginning, then anything.
    private func image(_ name: String = "a.png", bytes: Int) throws -> String {
        let content =
            Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            + Data((0..<max(0, bytes - 8)).lazy.map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        let path = directory.path + "/" + name
        try content.write(to: URL(fileURLWithPath: path))
        return path
    }

    private struct Answer {
        let status: Int
        let fields: [String: any Sendable]
        var url: String { fields["url"] as? String ?? "" }
        var error: String { fields["error"] as? String ?? "" }
    }

    /// Uploads with curl, as a form.
    private func upload(
        _ path: String,
        _ name: String = "a.png",
        to url: String,
        _ more: [String] = []
    ) async throws -> Answer {
        let form = ["-s", "-H", "Expect:", "-w", "\n%{http_code}", "-F", "file=@\(path);filename=\"\(name)\""]
        let result = try await ChildProcess.run("curl", form + more + [url + "/upload/"])
        let lines = result.standardOutput.split(separator: "\n")
        let json = try JSONSerialization.jsonObject(with: Data((lines.first ?? "{}").utf8)) as? [String: Any] ?? [:]
        let fields = json.compactMapValues { $0 as? String ?? ($0 as? Int).map { "\($0)" } }
        return Answer(status: lines.last.flatMap { Int($0) } ?? 0, fields: fields)
    }

    private func withMediaFronts(
        _ more: [String] = [],
        _ body: (Fronts, LoadBalancer) async throws -> Void
    ) async throws {
        try await withBalancedFronts(2, arguments: ["--media-directory", media] + more, body)
        try directory.remove()
    }

    @Test("What one front took every front serves, whole and in parts; the same content is stored once")
    func shared() async throws {
        try await withMediaFronts { fronts, balancer in
            let path = try image(bytes: 16 << 20)
            let answer = try await upload(path, "../ä.png", to: balancer.url)
            #expect(answer.status == 201 && answer.fields["name"] as? String == "ä.png", "\(answer)")
            #expect(answer.fields["size"] as? String == "\(16 << 20)")
            for front in fronts.fronts {
                let copy = directory.path + "/copy"
                let result = try await ChildProcess.run("curl", ["-s", "-f", "-o", copy, front.url + answer.url])
                #expect(result.status == .exited(0))
                #expect(FileManager.default.contentsEqual(atPath: copy, andPath: path))
                let part = try await HTTPExchange.send(front.url + answer.url, headers: ["Range": "bytes=1-3"])
                #expect(part.status == 206 && part.body == "PNG")
                #expect(part.headers.first(name: "Content-Range") == "bytes 1-3/\(16 << 20)")
                let beyond = try await HTTPExchange.send(
                    front.url + answer.url,
                    headers: ["Range": "bytes=\(16 << 20)-"]
                )
                #expect(beyond.status == 416)
            }
            for front in fronts.fronts { #expect(try await upload(path, to: front.url).url == answer.url) }
            #expect(stored().count == 1)
            let id = answer.fields["id"] as? String ?? ""
            #expect(try await fronts.redis.cli("hget", "asgi:media:\(id)", "name") == "ä.png")
            // Until somebody names it, for a day.
            #expect((1...86_400).contains(Int(try await fronts.redis.cli("ttl", "asgi:media:\(id)")) ?? 0))
            let client = try await WebSocketClient.connect(balancer.webSocketURL("/chat/"))
            try await client.send(text: "look: \(answer.url)")
            _ = try await client.nextText()
            #expect(Int(try await fronts.redis.cli("ttl", "asgi:media:\(id)")) ?? 0 > 86_400 * 29)
        }
    }

    @Test("Uploads that are not good get their status; nothing of them is left, and the front goes on")
    func refused() async throws {
        try await withMediaFronts(["--media-limit", "100000"]) { fronts, balancer in
            let good = try image(bytes: 100_000)
            for bytes in [100_001, 1 << 20, 40 << 20] {
                let answer = try await upload(try image("large.png", bytes: bytes), to: balancer.url)
                #expect(answer.status == 413 && answer.error.contains("100000"), "\(bytes): \(answer)")
            }
            let page = directory.path + "/page.png"
            try "<!DOCTYPE html><script>alert(1)</script>".write(toFile: page, atomically: true, encoding: .utf8)
            #expect(
                try await upload(page, to: balancer.url, ["-H", "Content-Type: multipart/form-data"]).status == 415
            )
            #expect(try await upload(page, to: balancer.url).error.contains("text/html"))
            #expect(try await upload(good, to: balancer.url, ["-H", "Sec-Fetch-Site: cross-site"]).status == 403)
            #expect(stored().isEmpty)
            let answer = try await upload(good, "..\\x\u{1}/.\u{202E}y", to: balancer.url)
            #expect(answer.status == 201 && answer.fields["name"] as? String == "y", "\(answer)")
            #expect(try await balancer.get("/media/" + String(repeating: "0", count: 32)).status == 404)
            #expect(try await balancer.get("/media/..%2f..%2fetc%2fpasswd").status == 404)
            #expect(stored().count == 1)
        }
    }

    @Test("An upload that is refused when half of it is there, and is long, gets its status, and the front lives")
    func refusedLate() async throws {
        try await withMediaFronts(["--media-limit", "67108864"]) { fronts, _ in
            let page = directory.path + "/page.html"
            try (Data("<html>".utf8) + Data(count: 40 << 20)).write(to: URL(fileURLWithPath: page))
            for _ in 0..<2 { #expect(try await upload(page, to: fronts[0].url).status == 415) }
            #expect(try await fronts[0].get("/healthz").status == 200)
            #expect(stored().isEmpty)
        }
    }

    @Test("Clients that do not read their download, or do not go on with their upload, do not hold up a front's end")
    func stalled() async throws {
        try await withMediaFronts(["--drain-delay", "0", "--drain", "1"]) { fronts, _ in
            let front = fronts[0]
            let path = try image(bytes: 16 << 20)
            let url = try await upload(path, to: front.url).url
            let upload = ["-s", "-H", "Expect:", "-F", "file=@\(path)", "--limit-rate", "1k", front.url + "/upload/"]
            let clients = [
                try await ChildProcess.start("curl", upload),
                try await ChildProcess.start("curl", ["-s", "-o", "/dev/null", "--limit-rate", "1k", front.url + url]),
            ]
            try await eventually("the upload is on its way") { stored().count == 2 }
            #expect(try await front.terminate(timeout: .seconds(60)).description == "exit code 0")
            for client in clients { client.kill9() }
        }
    }

    @Test("An upload whose client is gone half-way leaves nothing")
    func cutOff() async throws {
        try await withMediaFronts { fronts, balancer in
            let path = try image(bytes: 8 << 20)
            for url in [balancer.url, fronts[0].url] {
                let form = ["-s", "-H", "Expect:", "-F", "file=@\(path)", "--limit-rate", "100k", url + "/upload/"]
                let client = try await ChildProcess.start("curl", form)
                try await eventually("the upload is on its way") { !stored().isEmpty }
                client.kill9()
                try await eventually("nothing is left of it", timeout: .seconds(30)) { stored().isEmpty }
            }
        }
    }

    @Test("While Redis is away uploads and downloads get 503, and nothing is left")
    func redisAway() async throws {
        try await withMediaFronts { fronts, _ in
            let path = try image(bytes: 5000)
            let url = try await upload(path, to: fronts[0].url).url
            let other = try image("b.png", bytes: 6000)
            fronts.redis.kill()
            try await eventually("503 while Redis is away", timeout: .seconds(30)) {
                try await upload(other, to: fronts[0].url).status == 503
            }
            #expect(try await fronts[1].get(url).status == 503)
            #expect(stored().count == 1)
            try await fronts.redis.restart()
            try await eventually("201 when it is back", timeout: .seconds(60)) {
                try await upload(other, to: fronts[0].url).status == 201
            }
        }
    }

    @Test("A front whose media directory cannot be written to says so and does not start")
    func badDirectory() async throws {
        let file = try image(bytes: 10)
        let result = try await ChildProcess.run(
            Repository.musterExecutable(),
            ["serve", "--port", "0", "--media-directory", file]
        )
        #expect(result.status != .exited(0) && result.standardError.contains("--media-directory"))
    }
}
