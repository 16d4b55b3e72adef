import ChannelLayers
import Hummingbird

/// What load balancers and operators ask a front.
struct HealthRoutes {
    let layer: any ChannelLayer
    let drain: Drain

    /// Adds `GET /healthz`, which answers while the process does, and `GET /readyz`, which answers 200 only while the
    /// channel layer can do its work and the front was not told to end, and 503 with the reason otherwise.
    func add(to router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in
            Self.response(.ok, "ok\n")
        }
        router.get("/readyz") { [layer, drain] _, _ in
            if drain.isEnding { return Self.response(.serviceUnavailable, "draining\n") }
            return switch layer.readiness {
            case .ready: Self.response(.ok, "ready\n")
            case .notReady(let reason): Self.response(.serviceUnavailable, reason + "\n")
            }
        }
    }

    private static func response(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
