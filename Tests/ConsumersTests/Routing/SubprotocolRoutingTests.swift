import Consumers
import Testing

@Suite("Routes by subprotocol")
struct SubprotocolRoutingTests {
    private struct Plain: Consumer {}
    private struct First: Consumer {}
    private struct Second: Consumer {}

    @Test("the route that was added first answers, of those whose subprotocol the client offers")
    func order() throws {
        var router = ConsumerRouter()
        try router.add("/<a>/", subprotocol: "first") { _ in First() }
        try router.add("/x/", subprotocol: "second") { _ in Second() }
        try router.add("/x/") { _ in Plain() }
        #expect(router.match("/x/", offering: ["second", "first"])?.kind.name == "First")
        #expect(router.match("/x/", offering: ["second"])?.kind.name == "Second")
        #expect(router.match("/x/", offering: ["second"])?.subprotocol == "second")
        #expect(router.match("/x/", offering: ["third"])?.kind.name == "Plain")
        #expect(router.match("/x/")?.subprotocol == nil)
        #expect(router.match("/y/", offering: ["first"])?.arguments == ["a": "y"])
        #expect(router.match("/y/") == nil)
    }

    @Test("a route behind one for everybody, which would take all clients of its path, is refused")
    func hidden() throws {
        var router = ConsumerRouter()
        try router.add("/x/") { _ in Plain() }
        let error = RoutingError.unreachable("/x/", subprotocol: "first")
        #expect(throws: error) { try router.add("/x/", subprotocol: "first") { _ in First() } }
        #expect("\(error)".contains("add it before"))
        try router.add("/y/", subprotocol: "first") { _ in First() }
        #expect(router.match("/x/", offering: ["first"])?.kind.name == "Plain")
    }

    @Test("a pattern may stand once for each subprotocol and once for none")
    func duplicates() throws {
        var router = ConsumerRouter()
        try router.add("/x/", subprotocol: "first") { _ in First() }
        try router.add("/x/", subprotocol: "second") { _ in Second() }
        try router.add("/x/") { _ in Plain() }
        #expect(throws: RoutingError.duplicate("/x/")) { try router.add("/x/") { _ in Plain() } }
        #expect(throws: RoutingError.duplicate("/x/")) {
            try router.add("/x/", subprotocol: "second") { _ in Plain() }
        }
    }
}
