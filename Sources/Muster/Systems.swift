import Applications
import Consumers
import Hummingbird

/// The systems that this executable serves: which consumer and which page answer which path.
enum Systems {
    /// The WebSocket paths.
    static func consumers() throws -> ConsumerRouter {
        var router = ConsumerRouter()
        try router.add("/ws/online_number/") { _ in OnlineCounter() }
        return router
    }

    /// The pages.
    static func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in Response.redirect(to: "/online/", type: .found) }
        OnlineCounterPage().add(to: router)
    }
}
