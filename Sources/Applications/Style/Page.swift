import HTTPTypes
import Hummingbird

/// One page: what stands in `main`, inside the frame that all pages share, and its script.
struct Page: Sendable {
    private let html: EmbeddedFile
    private let script: EmbeddedFile
    private let scriptPath: RouterPath
    private let paths: [RouterPath]

    /// Makes a page.
    ///
    /// - Parameters:
    ///   - name: Of the script, `/assets/<name>.js`, and of the class that the style may refer to.
    ///   - title: The English title; the script knows others.
    ///   - main: The page's HTML.
    ///   - script: The page's ES module.
    ///   - paths: Where the page is; each ends with a slash, and without it leads there.
    init(_ name: String, _ title: String, _ main: [UInt8], _ script: [UInt8], at paths: RouterPath...) {
        let values = ["name": name, "title": title, "main": String(decoding: main, as: UTF8.self)]
        let shell = String(decoding: PackageResources.shell_html, as: UTF8.self)
        let whole = shell.replacing(/{{([a-z]+)}}/) { values[String($0.1)] ?? "" }
        html = EmbeddedFile([UInt8](whole.utf8), type: "text/html; charset=utf-8")
        self.script = EmbeddedFile(script, type: "text/javascript; charset=utf-8")
        scriptPath = RouterPath("/assets/\(name).js")
        self.paths = paths
    }

    /// Adds the page and its script.
    func add(to router: Router<some RequestContext>) {
        for path in paths { html.add(to: router, at: path, redirect: Self.withSlash) }
        script.add(to: router, at: scriptPath)
    }

    /// Adds the page as the answer to every GET and HEAD that nothing else answers.
    func addAsNotFound<Context: RequestContext>(to router: Router<Context>) {
        router.add(middleware: NotFound(page: html))
        script.add(to: router, at: scriptPath)
    }

    /// `/web` leads to `/web/`, so that a page has one address.
    private static func withSlash(_ request: Request) -> Response? {
        guard !request.uri.path.hasSuffix("/") else { return nil }
        // Two slashes at the start would be the name of another host.
        let path = request.uri.path.drop { $0 == "/" }
        return .redirect(to: "/\(path)/" + (request.uri.query.map { "?\($0)" } ?? ""), type: .permanent)
    }
}

/// Turns the error that there is no such path into a page.
private struct NotFound<Context: RequestContext>: RouterMiddleware {
    let page: EmbeddedFile

    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && error.body == nil {
            let response = page.response(to: request, status: .notFound)
            switch request.method {
            case .get: return response
            case .head: return response.createHeadResponse()
            default: throw error
            }
        }
    }
}
