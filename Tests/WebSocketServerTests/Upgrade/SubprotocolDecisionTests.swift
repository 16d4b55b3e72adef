import Consumers
import NIOHTTP1
import Testing

@testable import WebSocketServer

@Suite("Upgrade decision: subprotocols")
struct SubprotocolDecisionTests {
    private struct Plain: Consumer {}
    private struct Structured: Consumer {}

    private static func handshake(offering fields: [String], target: String = "/chat/") throws -> Handshake? {
        var router = ConsumerRouter()
        try router.add("/chat/", subprotocol: "muster.v1") { _ in Structured() }
        try router.add("/chat/") { _ in Plain() }
        try router.add("/only/", subprotocol: "muster.v1") { _ in Structured() }
        try router.add("/plain/") { _ in Plain() }
        let request = OpeningRequest("", target: target, with: fields.map { ("Sec-WebSocket-Protocol", $0) })
        guard case .accept(let handshake) = UpgradeDecision(request.head, router: router) else { return nil }
        return handshake
    }

    @Test(
        "a client that offers the route's subprotocol gets that route, and the name once in the answer",
        arguments: [
            ["muster.v1"], ["other, muster.v1"], ["muster.v1,other"], ["other", "muster.v1"],
            ["a , b", "c,muster.v1 , d"], ["muster.v1, muster.v1", "muster.v1"],
        ]
    )
    func offered(fields: [String]) throws {
        let handshake = try #require(try Self.handshake(offering: fields))
        #expect(handshake.match.kind.name == "Structured")
        #expect(handshake.response.headers["Sec-WebSocket-Protocol"] == ["muster.v1"])
        #expect(handshake.scope(clientAddress: nil).subprotocol == "muster.v1")
    }

    @Test(
        "others get the plain route, and no subprotocol in the answer, as RFC 6455 section 4.2.2 asks",
        arguments: [[], ["other"], ["MUSTER.V1"], ["muster.v10, muster", "v1"], [""]]
    )
    func notOffered(fields: [String]) throws {
        for target in ["/chat/", "/plain/"] {
            let handshake = try #require(try Self.handshake(offering: fields, target: target))
            #expect(handshake.match.kind.name == "Plain")
            #expect(!handshake.response.headers.contains(name: "Sec-WebSocket-Protocol"))
            #expect(handshake.scope(clientAddress: nil).subprotocol == nil)
        }
    }

    @Test("a route that asks for no subprotocol answers with none, whatever is offered")
    func plainRoute() throws {
        let handshake = try #require(try Self.handshake(offering: ["muster.v1"], target: "/plain/"))
        #expect(!handshake.response.headers.contains(name: "Sec-WebSocket-Protocol"))
    }

    @Test("a path with nothing but a subprotocol's route is not found without it")
    func onlyRoute() throws {
        #expect(try Self.handshake(offering: ["muster.v1"], target: "/only/") != nil)
        #expect(try Self.handshake(offering: ["other"], target: "/only/") == nil)
    }
}
