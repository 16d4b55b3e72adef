import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Asks routes directly: no socket, no server.
struct RouterRequests {
    private let responder: any HTTPResponder<DirectContext>

    /// Makes a router, to which `add` adds the routes.
    init(_ add: (Router<DirectContext>) -> Void) {
        let router = Router(context: DirectContext.self)
        add(router)
        responder = router.buildResponder()
    }

    /// A request and what is answered; a path that no route knows is answered with an empty 404.
    func send(
        _ path: String,
        method: HTTPRequest.Method = .get,
        headers: HTTPFields = [:],
        body: [UInt8] = []
    ) async throws -> (Response, String) {
        let head = HTTPRequest(
            method: method,
            scheme: "http",
            authority: "localhost",
            path: path,
            headerFields: headers
        )
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        do {
            let response = try await responder.respond(to: request, context: DirectContext(source: DirectSource()))
            let text = BodyText()
            try await response.body.write(BodyWriter(text: text))
            return (response, text.value.withLock { $0 })
        } catch let error as HTTPError {
            return (Response(status: error.status), "")
        }
    }
}

struct DirectSource: RequestContextSource {
    let logger = Logger(label: "test")
}

struct DirectContext: RequestContext {
    typealias Source = DirectSource

    var coreContext: CoreRequestContextStorage

    init(source: DirectSource) {
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
