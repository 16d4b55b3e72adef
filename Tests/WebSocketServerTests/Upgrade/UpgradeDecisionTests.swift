import Consumers
import NIOHTTP1
import Testing

@testable import WebSocketServer

@Suite("Upgrade decision")
struct UpgradeDecisionTests {
    private struct Chat: Consumer {}

    private static func decision(_ request: OpeningRequest) throws -> UpgradeDecision {
        var router = ConsumerRouter()
        try router.add("/chat/<room>") { _ in Chat() }
        return UpgradeDecision(request.head, router: router)
    }

    private static func refusal(_ request: OpeningRequest) throws -> UpgradeRefusal? {
        if case .refuse(let refusal) = try decision(request) { refusal } else { nil }
    }

    @Test("answers the key of RFC 6455 section 1.3")
    func acceptKey() throws {
        #expect(AcceptKey.answer(to: Requests.key) == Requests.accept)
        guard case .accept(let handshake) = try Self.decision(OpeningRequest("plain")) else {
            Issue.record("refused")
            return
        }
        #expect(handshake.response.status == .switchingProtocols)
        #expect(
            handshake.response.headers.map { [$0.name.lowercased(), $0.value] } == [
                ["upgrade", "websocket"], ["connection", "Upgrade"], ["sec-websocket-accept", Requests.accept],
            ]
        )
    }

    @Test(
        "takes sound handshakes",
        arguments: [
            OpeningRequest("plain"),
            OpeningRequest("upgrade in capitals", without: "Upgrade", with: [("Upgrade", "WebSocket")]),
            OpeningRequest("several protocols", without: "Upgrade", with: [("Upgrade", "h2c, WEBSOCKET")]),
            OpeningRequest(
                "protocols on two lines",
                without: "Upgrade",
                with: [("upgrade", "h2c"), ("UPGRADE", "websocket")]
            ),
            OpeningRequest(
                "several connection options",
                without: "Connection",
                with: [("Connection", "keep-alive,upgrade")]
            ),
            OpeningRequest(
                "connection options on two lines",
                without: "Connection",
                with: [("connection", "keep-alive"), ("Connection", " UPGRADE ")]
            ),
            OpeningRequest("an empty body announced", with: [("Content-Length", "0")]),
            OpeningRequest(
                "extensions and subprotocols offered",
                with: [("Sec-WebSocket-Extensions", "permessage-deflate"), ("Sec-WebSocket-Protocol", "chat")]
            ),
            OpeningRequest("a later HTTP/1 version", version: HTTPVersion(major: 1, minor: 2)),
        ]
    )
    func accepts(request: OpeningRequest) throws {
        guard case .accept(let handshake) = try Self.decision(request) else {
            Issue.record("refused: \(String(describing: try Self.refusal(request)))")
            return
        }
        #expect(handshake.acceptKey == Requests.accept)
    }

    @Test("takes a target with scheme and authority, as RFC 9112 section 3.2.2 asks")
    func absoluteTarget() throws {
        let request = OpeningRequest("", target: "http://localhost:8000/chat/lobby?x=http://y/z")
        guard case .accept(let handshake) = try Self.decision(request) else {
            Issue.record("refused")
            return
        }
        #expect(handshake.path == "/chat/lobby")
        #expect(handshake.query == "x=http://y/z")
    }

    @Test("the scope holds path, query, arguments and fields as they were sent")
    func scope() throws {
        let request = OpeningRequest("", target: "/chat/a%20b?x=1?y&z", with: [("X-Thing", "1"), ("x-thing", "2")])
        guard case .accept(let handshake) = try Self.decision(request) else {
            Issue.record("refused")
            return
        }
        let scope = handshake.scope(clientAddress: "192.0.2.1")
        #expect(scope.path == "/chat/a%20b")
        #expect(scope.query == "x=1?y&z")
        #expect(scope.arguments == ["room": "a b"])
        #expect(scope.headers.filter { $0.name.lowercased() == "x-thing" }.map(\.value) == ["1", "2"])
        #expect(scope.clientAddress == "192.0.2.1")
    }

    @Test(
        "refuses broken handshakes with 400 and says what is wrong",
        arguments: [
            (OpeningRequest("no key", without: "Sec-WebSocket-Key"), "Sec-WebSocket-Key"),
            (OpeningRequest("two keys", with: [("Sec-WebSocket-Key", Requests.key)]), "Sec-WebSocket-Key"),
            (
                OpeningRequest(
                    "a key of 15 bytes",
                    without: "Sec-WebSocket-Key",
                    with: [("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA")]
                ),
                "Sec-WebSocket-Key"
            ),
            (
                OpeningRequest(
                    "a key that is not base64",
                    without: "Sec-WebSocket-Key",
                    with: [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j*Q==")]
                ),
                "Sec-WebSocket-Key"
            ),
            (
                OpeningRequest("an empty key", without: "Sec-WebSocket-Key", with: [("Sec-WebSocket-Key", "")]),
                "Sec-WebSocket-Key"
            ),
            (OpeningRequest("no version", without: "Sec-WebSocket-Version"), "Sec-WebSocket-Version"),
            (OpeningRequest("no connection field", without: "Connection"), "Connection"),
            (
                OpeningRequest(
                    "a connection field without upgrade",
                    without: "Connection",
                    with: [("Connection", "keep-alive")]
                ), "Connection"
            ),
            (OpeningRequest("HTTP/1.0", version: .http1_0), "HTTP/1.1"),
            (OpeningRequest("a body announced", with: [("Content-Length", "5")]), "body"),
            (OpeningRequest("a chunked body announced", with: [("Transfer-Encoding", "chunked")]), "body"),
        ] as [(OpeningRequest, String)]
    )
    func badRequests(request: OpeningRequest, complaint: String) throws {
        let refusal = try #require(try Self.refusal(request))
        #expect(refusal.status == .badRequest)
        #expect(refusal.text.contains(complaint))
        #expect(refusal.response.headers["connection"] == ["close"])
        #expect(refusal.response.headers["content-length"] == [String(refusal.text.utf8.count + 1)])
    }

    @Test(
        "names version 13 to a client that speaks another",
        arguments: [
            OpeningRequest("8", without: "Sec-WebSocket-Version", with: [("Sec-WebSocket-Version", "8")]),
            OpeningRequest("14", without: "Sec-WebSocket-Version", with: [("Sec-WebSocket-Version", "14")]),
            OpeningRequest("8 and 13", without: "Sec-WebSocket-Version", with: [("Sec-WebSocket-Version", "8, 13")]),
            OpeningRequest("twice", with: [("Sec-WebSocket-Version", "13")]),
        ]
    )
    func otherVersion(request: OpeningRequest) throws {
        let refusal = try #require(try Self.refusal(request))
        #expect(refusal == .versionNotSupported)
        #expect(refusal.status == .upgradeRequired)
        #expect(refusal.response.headers["sec-websocket-version"] == ["13"])
        #expect(refusal.response.headers["upgrade"] == ["websocket"])
    }

    @Test(
        "asks for an upgrade where only WebSocket is served",
        arguments: [
            OpeningRequest("no upgrade field", without: "Upgrade"),
            OpeningRequest("an upgrade to something else", without: "Upgrade", with: [("Upgrade", "h2c")]),
            OpeningRequest("a form posted", method: .POST, without: "Upgrade", with: [("Content-Length", "5")]),
        ]
    )
    func upgradeRequired(request: OpeningRequest) throws {
        let refusal = try #require(try Self.refusal(request))
        #expect(refusal == .upgradeRequired)
        #expect(refusal.status == .upgradeRequired)
        #expect(refusal.response.headers["upgrade"] == ["websocket"])
        #expect(refusal.response.headers[canonicalForm: "connection"] == ["Upgrade", "close"])
    }

    @Test("refuses any other method with 405", arguments: [HTTPMethod.POST, .PUT, .HEAD, .OPTIONS])
    func otherMethod(method: HTTPMethod) throws {
        let refusal = try #require(try Self.refusal(OpeningRequest("", method: method)))
        #expect(refusal.status == .methodNotAllowed)
        #expect(refusal.response.headers["allow"] == ["GET"])
    }

    @Test(
        "refuses an upgrade where no consumer is with 404",
        arguments: ["/", "/chat", "/chat/", "/chat/a/b", "*", ""]
    )
    func notFound(target: String) throws {
        #expect(try Self.refusal(OpeningRequest("", target: target)) == .notFound)
        #expect(UpgradeRefusal.notFound.status == .notFound)
    }

    @Test("leaves the rest to HTTP, upgrades to other protocols among it", arguments: [nil, "h2c"])
    func http(upgrade: String?) throws {
        let request = OpeningRequest(
            "",
            target: "/page",
            without: "Upgrade",
            with: upgrade.map { [("Upgrade", $0)] } ?? []
        )
        guard case .http = try Self.decision(request) else {
            Issue.record("not left to HTTP")
            return
        }
    }
}
