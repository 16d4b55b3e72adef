import Applications
import HTTPTypes
import Hummingbird
import Testing

struct PagesTests {
    private static let pages = [
        "/", "/online/", "/web/", "/web/tea/", "/support/", "/support/staff/", "/clock/", "/notifications/",
        "/notifications/?user=ann", "/echo/",
    ]

    private let requests = RouterRequests { router in
        SharedFiles().add(to: router)
        ClientScript().add(to: router)
        Pages().add(to: router)
    }

    @Test(
        "Pages and files are served with their types, checked again each time, and under a strict policy",
        arguments: [
            ("/online/", "text/html; charset=utf-8", #"id="count""#),
            ("/web/a%2Fb/", "text/html; charset=utf-8", #"role="log""#),
            ("/assets/muster.css", "text/css; charset=utf-8", "prefers-color-scheme: dark"),
            ("/assets/pages.js", "text/javascript; charset=utf-8", "zh-Hant"),
            ("/assets/online.js", "text/javascript; charset=utf-8", "/ws/online_number/"),
            ("/assets/icon.svg", "image/svg+xml", "<svg"),
        ]
    )
    func files(path: String, type: String, excerpt: String) async throws {
        let (response, body) = try await requests.send(path)
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == type)
        #expect(response.headers[.cacheControl] == "no-cache")
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
        let policy = response.headers[.contentSecurityPolicy] ?? ""
        for rule in ["default-src 'self'", "connect-src 'self'", "object-src 'none'", "base-uri 'none'"] {
            #expect(policy.contains(rule))
        }
        #expect(policy.contains("form-action 'self'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("http"))
        #expect(body.contains(excerpt))
    }

    @Test("A page is whole, and loads nothing that the policy forbids: its own files, no inline script or style")
    func page() async throws {
        for path in Self.pages {
            let (_, html) = try await requests.send(path)
            #expect(html.hasPrefix("<!doctype html>"))
            #expect(!html.contains("{{") && html.contains("</main>"), "\(path)")
            #expect(html.matches(of: /<h1/).count == 1, "\(path)")
            for reference in html.matches(of: /(?:src|href|action)="(\/[^"]*)"/).map(\.1) {
                #expect(try await requests.send(String(reference)).0.status == .ok, "\(reference)")
            }
            #expect(html.matches(of: /(?:src|href|action)="[^\/#]/).isEmpty)
            #expect(html.matches(of: /<script[^>]*>[^<]/).isEmpty)
            #expect(!html.contains("<style") && !html.contains("style=") && html.matches(of: /\son[a-z]+=/).isEmpty)
        }
    }

    @Test("Every text of a page has its Chinese in the page's script, or in the one of all pages")
    func chinese() async throws {
        let (_, common) = try await requests.send("/assets/pages.js")
        for path in Self.pages + ["/nothing"] {
            let (_, html) = try await requests.send(path)
            let name = try #require(html.firstMatch(of: /<main id="main" class="([a-z-]+)"/)).1
            let (_, script) = try await requests.send("/assets/\(name).js")
            let keys = html.matches(of: /data-i18n(?:-label)?="([A-Za-z]+)"/).map(\.1)
            #expect(keys.count > 6)
            for key in keys {
                let entry = try Regex("[ {]\(key): \"[^\"]*\\p{Han}[^\"]*\"")
                #expect((script + common).contains(entry), "\(key) of \(path)")
            }
        }
    }

    @Test("HEAD tells what GET would, without a body")
    func head() async throws {
        let (head, nothing) = try await requests.send("/web/", method: .head)
        let (get, _) = try await requests.send("/web/")
        #expect(head.status == .ok && nothing.isEmpty)
        #expect(head.headers[.contentType] == get.headers[.contentType])
        #expect(head.headers[.eTag] == get.headers[.eTag])
        #expect(try await requests.send("/nothing", method: .head).0.status == .notFound)
    }

    @Test("A browser that has the file is told so; one that has another gets it")
    func notModified() async throws {
        let tag = try #require(try await requests.send("/").0.headers[.eTag])
        #expect(tag.hasPrefix("\"") && tag.count == 26)
        #expect(try await requests.send("/echo/").0.headers[.eTag] != tag)
        for known in [tag, "W/" + tag, "\"other\", \(tag)", "*"] {
            let (response, body) = try await requests.send("/", headers: [.ifNoneMatch: known])
            #expect(response.status == .notModified && body.isEmpty)
            #expect(response.headers[.eTag] == tag && response.headers[.cacheControl] == "no-cache")
        }
        let (response, body) = try await requests.send("/", headers: [.ifNoneMatch: "\"other\""])
        #expect(response.status == .ok && !body.isEmpty)
    }

    @Test(
        "A page's address ends with a slash; without it leads there, and never to another host",
        arguments: [
            ("/web", "/web/"), ("/web/tea", "/web/tea/"), ("/web/tea?name=Ann&x=/", "/web/tea/?name=Ann&x=/"),
            ("//web/example.org", "/web/example.org/"),
        ]
    )
    func redirects(path: String, location: String) async throws {
        for method in [HTTPRequest.Method.get, .head] {
            let (response, _) = try await requests.send(path, method: method)
            #expect(response.status == .movedPermanently)
            #expect(response.headers[.location] == location)
        }
    }

    @Test(
        "Other paths answer with a page that says so, other methods do not",
        arguments: ["/nothing", "/online/x/y", "/assets/", "/assets/shell.html", "/web/a/b/"]
    )
    func otherPaths(path: String) async throws {
        let (response, body) = try await requests.send(path)
        #expect(response.status == .notFound)
        #expect(response.headers[.contentType] == "text/html; charset=utf-8")
        #expect(body.contains(#"<a class="button" href="/""#))
        #expect(try await requests.send(path, method: .post).0.status == .notFound)
        #expect(try await requests.send("/online/", method: .post).0.status == .notFound)
    }
}
