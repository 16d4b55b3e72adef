import NIOHTTP1
import Testing

@testable import WebSocketServer

/// A request's head for tests: a sound opening handshake, and what is changed about it.
struct OpeningRequest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private(set) var head: HTTPRequestHead

    init(
        _ description: String,
        method: HTTPMethod = .GET,
        target: String = "/chat/lobby",
        version: HTTPVersion = .http1_1,
        without missing: String? = nil,
        with fields: [(String, String)] = []
    ) {
        testDescription = description
        var headers: HTTPHeaders = [
            "Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": Requests.key, "Sec-WebSocket-Version": "13",
        ]
        if let missing { headers.remove(name: missing) }
        headers.add(contentsOf: fields)
        head = HTTPRequestHead(version: version, method: method, uri: target, headers: headers)
    }
}
