import ChannelLayers
import Testing

@Suite("Front: health", .timeLimit(.minutes(2)))
struct HealthTests {
    @Test("a front with a ready layer is alive and ready")
    func ready() async throws {
        try await withFront { front in
            let client = try await front.connect()
            for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
                try await client.send(Requests.get(path))
                let reply = try #require(try await client.reply())
                #expect(reply.status == 200)
                #expect(reply.body == body)
                #expect(reply.fields["cache-control"] == "no-store")
            }
        }
    }

    @Test("a front whose layer is not ready is alive, not ready, and says why")
    func notReady() async throws {
        try await withFront(layer: ScriptedLayer(readiness: .notReady(reason: "no server at 192.0.2.1"))) { front in
            let client = try await front.connect()
            try await client.send(Requests.get("/healthz"))
            #expect(try await client.reply()?.status == 200)
            try await client.send(Requests.get("/readyz"))
            let reply = try #require(try await client.reply())
            #expect(reply.status == 503)
            #expect(reply.body == "no server at 192.0.2.1\n")
        }
    }

    @Test("a page that is not there is 404")
    func notFound() async throws {
        try await withFront { front in
            let client = try await front.connect()
            try await client.send(Requests.get("/nothing"))
            #expect(try await client.reply()?.status == 404)
        }
    }
}
