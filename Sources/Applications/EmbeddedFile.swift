import Crypto
import HTTPTypes
import Hummingbird

/// A file that is part of the program, served as it is.
struct EmbeddedFile: Sendable {
    private let body: ByteBuffer
    private let headers: HTTPFields
    private let tag: String

    init(_ bytes: [UInt8], type: String) {
        body = ByteBuffer(bytes: bytes)
        tag = Self.tag(of: bytes)
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-cache", .xContentTypeOptions: "nosniff"]
        // Pages load nothing from elsewhere and run no script that is not a file of their own.
        headers[.contentSecurityPolicy] = """
            default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
            form-action 'self'; frame-ancestors 'none'
            """
        if let referrerPolicy = HTTPField.Name("Referrer-Policy") { headers[referrerPolicy] = "same-origin" }
        headers[.eTag] = tag
        self.headers = headers
    }

    /// Answers GET and HEAD at a path, but for requests that `redirect` sends elsewhere.
    func add(
        to router: Router<some RequestContext>,
        at path: RouterPath,
        redirect: @Sendable @escaping (Request) -> Response? = { _ in nil }
    ) {
        router.get(path) { request, _ in redirect(request) ?? response(to: request) }
        router.head(path) { request, _ in (redirect(request) ?? response(to: request)).createHeadResponse() }
    }

    /// The file, or 304 for a browser that has it.
    func response(to request: Request, status: HTTPResponse.Status = .ok) -> Response {
        if status == .ok, request.knows(tag: tag) {
            var headers = headers
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// The same for the same bytes on every front: browsers ask whichever they reach.
    private static func tag(of bytes: [UInt8]) -> String {
        let digest = SHA256.hash(data: bytes).prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return "\"\(digest.joined())\""
    }
}
