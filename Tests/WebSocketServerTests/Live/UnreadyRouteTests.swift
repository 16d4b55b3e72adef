import ChannelLayers
import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: routes while the layer is not ready", .timeLimit(.minutes(2)))
struct UnreadyRouteTests {
    private func withRoutes(
        _ readiness: Readiness,
        _ journal: Journal,
        _ body: (FrontUnderTest) async throws -> Void
    ) async throws {
        try await withFront(
            layer: ScriptedLayer(readiness: readiness),
            journal: journal,
            routes: { consumers in
                try consumers.add("/strict", whileUnready: .refuse) { _ in ScriptedConsumer(journal: journal) }
                try consumers.add("/jobs", worker: ChannelName("jobs"), whileUnready: .refuse)
            },
            body
        )
    }

    @Test(
        "a route that refuses closes new connections with 1013; its consumer never hears of them",
        arguments: ["/strict", "/jobs"]
    )
    func refuses(path: String) async throws {
        let journal = Journal()
        try await withRoutes(.notReady(reason: "no server"), journal) { front in
            let client = try await front.open(path)
            #expect(
                try await client.closeFrame() == ClosePayload(code: .tryAgainLater, reason: "the server is not ready")
            )
            try await client.send(close: .tryAgainLater)
            try await client.end()
        }
        #expect(journal.entries == [])
    }

    @Test("another route takes them")
    func accepts() async throws {
        let journal = Journal()
        try await withRoutes(.notReady(reason: "no server"), journal) { front in
            let client = try await front.open()
            try await client.send(text: "hello")
            #expect(try await client.text() == "hello")
        }
    }

    @Test("with a ready layer both do")
    func ready() async throws {
        let journal = Journal()
        try await withRoutes(.ready, journal) { front in
            let client = try await front.open("/strict")
            try await client.send(text: "hello")
            #expect(try await client.text() == "hello")
        }
    }
}
