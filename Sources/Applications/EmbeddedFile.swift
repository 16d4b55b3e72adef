import HTTPTypes
import Hummingbird

/// A file that is part of the program, served as it is.
struct EmbeddedFile: Sendable {
    private let body: ByteBuffer
    private let headers: HTTPFields

    init(_ bytes: [UInt8], type: String) {
        body = ByteBuffer(bytes: bytes)
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-cache", .xContentTypeOptions: "nosniff"]
        // Pages load nothing from elsewhere and run no script that is not a file of their own.
        headers[.contentSecurityPolicy] = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
        self.headers = headers
    }

    func add(to router: Router<some RequestContext>, at path: RouterPath) {
        router.get(path) { [body, headers] _, _ in
            Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }
}
