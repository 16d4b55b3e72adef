import Applications
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Testing

/// The routes are asked directly: no socket, no server.
struct OnlineCounterPageTests {
    @Test(
        "The page and its files are served with their types, checked again each time, and under a strict policy",
        arguments: [
            ("/online/", "text/html; charset=utf-8", #"id="count""#),
            ("/online/online.css", "text/css; charset=utf-8", "#count"),
            ("/online/online.js", "text/javascript; charset=utf-8", "/ws/online_number/"),
        ]
    )
    func files(path: String, type: String, excerpt: String) async throws {
        let (response, body) = try await get(path)
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == type)
        #expect(response.headers[.cacheControl] == "no-cache")
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
        let policy = response.headers[.contentSecurityPolicy] ?? ""
        #expect(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
        #expect(body.contains(excerpt))
    }

    @Test("The page loads nothing that the policy forbids: its own files, no inline script or style")
    func page() async throws {
        let (_, html) = try await get("/online/")
        #expect(html.hasPrefix("<!doctype html>"))
        for reference in html.matches(of: /(?:src|href)="([^"]*)"/).map(\.1) where reference != "data:," {
            #expect(try await get(String(reference)).0.status == .ok)
        }
        #expect(html.matches(of: /<script[^>]*>[^<]/).isEmpty)
        #expect(!html.contains("<style") && !html.contains("style=") && !html.contains("onclick"))
    }

    @Test(
        "Other paths are not found, and other methods not either",
        arguments: ["/online/online.html", "/online/x", "/"]
    )
    func otherPaths(path: String) async throws {
        #expect(try await get(path).0.status == .notFound)
        #expect(try await get("/online/", method: .post).0.status == .notFound)
    }

    private func get(_ path: String, method: HTTPRequest.Method = .get) async throws -> (Response, String) {
        let router = Router(context: PageContext.self)
        OnlineCounterPage().add(to: router)
        let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
        let response = try await router.buildResponder().respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer())),
            context: PageContext(source: PageSource())
        )
        let text = BodyText()
        try await response.body.write(BodyWriter(text: text))
        return (response, text.value.withLock { $0 })
    }
}

private struct PageSource: RequestContextSource {
    let logger = Logger(label: "test")
}

private struct PageContext: RequestContext {
    typealias Source = PageSource

    var coreContext: CoreRequestContextStorage

    init(source: PageSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}

private final class BodyText: Sendable {
    let value = Mutex("")
}

private struct BodyWriter: ResponseBodyWriter {
    let text: BodyText

    mutating func write(_ buffer: ByteBuffer) async throws {
        text.value.withLock { $0 += String(buffer: buffer) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
