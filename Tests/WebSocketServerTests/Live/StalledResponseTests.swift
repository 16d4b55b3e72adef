import Hummingbird
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: stalled responses", .timeLimit(.minutes(2)))
struct StalledResponseTests {
    /// A page that is larger than what the kernel keeps for both ends of a connection.
    private static func addLargePage(to router: Router<BasicRequestContext>) {
        router.get("/large") { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x61, count: 64 << 20)))
        }
    }

    private func stall(_ front: FrontUnderTest, thenSending more: String = "") async throws -> RawClient {
        let client = try await front.connect(receiveBuffer: 4096)
        try await client.setReading(false)
        try await client.send(Requests.get("/large") + more)
        return client
    }

    @Test("a client that takes nothing of its response for the idle timeout loses its connection")
    func timeout() async throws {
        try await withFront(.test(httpIdleTimeout: .seconds(1)), pages: Self.addLargePage) { front in
            let client = try await stall(front)
            try await eventually("the connection ends") {
                // What is sent to a connection that has ended fails.
                do {
                    try await client.send("x")
                    return false
                } catch {
                    return true
                }
            }
        }
    }

    @Test(
        "a client that takes nothing of its response does not hold up the end, whatever it has asked for besides",
        arguments: ["", Requests.get("/healthz"), Requests.webSocket("/ws"), Requests.webSocket("/none")]
    )
    func shutdown(_ more: String) async throws {
        try await withFront(pages: Self.addLargePage) { front in
            let stalled = try await stall(front, thenSending: more)
            // Its request has come before this one.
            let other = try await front.connect()
            try await other.send(Requests.get("/healthz"))
            #expect(try await other.reply()?.status == 200)
            await front.shutDown()
            try await front.finish()
            withExtendedLifetime(stalled) {}
        }
    }
}
