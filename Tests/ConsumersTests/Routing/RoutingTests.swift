import ChannelLayers
import Testing

@testable import Consumers

struct RoutePatternTests {
    @Test(
        "A path matches segment by segment; an argument is one segment, percent-decoded",
        arguments: [
            ("/", "/", [:]), ("/chat/", "/chat/", [:]), ("/chat/<room>/", "/chat/kitchen/", ["room": "kitchen"]),
            ("/<a>/<b>", "/1/2", ["a": "1", "b": "2"]), ("/<a>", "/x%2Fy%20z", ["a": "x/y z"]),
            ("/<a>", "/%E2%82%AC", ["a": "€"]), ("/<a>", "/a+b", ["a": "a+b"]), ("/x<a>", "/x<a>", [:]),
        ] as [(String, String, [String: String])]
    )
    func matches(pattern: String, path: String, arguments: [String: String]) throws {
        #expect(try RoutePattern(pattern).match(path) == arguments)
    }

    @Test(
        "Anything else does not match: another slash, case, an empty argument, what is no UTF-8",
        arguments: [
            ("/chat/", "/chat"), ("/chat", "/chat/"), ("/chat", "/Chat"), ("/chat", "chat"), ("/chat", ""), ("/", ""),
            ("/chat/<room>/", "/chat//"), ("/chat/<room>/", "/chat/a/b/"), ("/chat/<room>", "/chat/"),
            ("/<a>", "/%FF"), ("/<a>", "/%"), ("/<a>", "/%4"), ("/<a>", "/%zz"), ("/<a>", "/%C3"), ("/a", "//a"),
        ]
    )
    func doesNotMatch(pattern: String, path: String) throws {
        #expect(try RoutePattern(pattern).match(path) == nil)
    }

    @Test(
        "A pattern that could not work is refused, and the error shows it",
        arguments: [
            ("", RoutingError.notAbsolute("")), ("chat/", .notAbsolute("chat/")), ("/<>/", .badArgument("/<>/")),
            ("/<a>/<a>", .badArgument("/<a>/<a>")),
        ]
    )
    func refused(pattern: String, error: RoutingError) {
        #expect(throws: error) { try RoutePattern(pattern) }
        #expect(error.description.contains("route \(pattern)"))
    }
}

struct PercentEncodingTests {
    @Test(
        "Escapes are bytes in either case; text outside them stays",
        arguments: [
            ("", ""), ("plain", "plain"), ("%41%6a%6A", "Ajj"), ("a%25b", "a%b"), ("ä", "ä"), ("%F0%9F%8C%8D", "🌍"),
            ("%00", "\0"),
        ]
    )
    func decodes(text: String, expected: String) {
        #expect(PercentEncoding.decode(text) == expected)
    }

    @Test(
        "Broken escapes and bytes that are no UTF-8 are nothing",
        arguments: ["%", "a%4", "%g0", "%0g", "%%", "%ED%A0%80"]
    )
    func refuses(text: String) {
        #expect(PercentEncoding.decode(text) == nil)
    }
}

struct ConsumerRouterTests {
    private struct First: Consumer {}
    private struct Second: Consumer {}

    @Test("The route that was added first answers, with its arguments; other paths have none")
    func order() throws {
        var router = ConsumerRouter()
        #expect(router.match("/chat/a") == nil)
        try router.add("/chat/<room>") { _ in First() }
        try router.add("/chat/a") { _ in Second() }
        try router.add("/other/<x>") { _ in Second() }
        #expect(router.match("/chat/a")?.kind.name == "First")
        #expect(router.match("/chat/a")?.arguments == ["room": "a"])
        #expect(router.match("/other/b")?.kind.name == "Second")
        #expect(router.match("/chat/a/") == nil)
    }

    @Test("The same pattern twice is refused, and the router stays as it was")
    func duplicate() throws {
        var router = ConsumerRouter()
        try router.add("/a/") { _ in First() }
        #expect(throws: RoutingError.duplicate("/a/")) { try router.add("/a/") { _ in Second() } }
        #expect(throws: RoutingError.notAbsolute("b")) { try router.add("b") { _ in Second() } }
        #expect(router.match("/a/")?.kind.name == "First")
        #expect(router.match("b") == nil)
    }

    @Test("Routes with one consumer type share its renderings")
    func kinds() throws {
        var router = ConsumerRouter()
        try router.add("/a") { _ in First() }
        try router.add("/b") { _ in First() }
        try router.add("/c") { _ in Second() }
        #expect(router.match("/a")?.kind.id == router.match("/b")?.kind.id)
        #expect(router.match("/a")?.kind.id != router.match("/c")?.kind.id)
    }

    @Test("A route can be a worker's, whose channel is general")
    func workers() throws {
        var router = ConsumerRouter()
        try router.add("/room/<room>/", worker: ChannelName("jobs"))
        #expect(router.match("/room/blue/")?.kind.name == "WorkerConsumer")
        #expect(router.match("/room/blue/")?.arguments == ["room": "blue"])
        #expect(throws: RoutingError.duplicate("/room/<room>/")) {
            try router.add("/room/<room>/", worker: ChannelName("other"))
        }
        let error = RoutingError.notGeneral("/a/", channel: "specific.x!1")
        #expect(throws: error) { try router.add("/a/", worker: ChannelName("specific.x!1")) }
        #expect(error.description == "route /a/: a worker's channel has no \"!\": specific.x!1")
    }
}
