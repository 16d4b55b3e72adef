import Applications
import ChannelLayers
import Consumers
import Hummingbird
import Logging

/// The systems that this executable serves: which consumer and which page answer which path.
enum Systems {
    /// The WebSocket paths: those of the systems, then those of workers in other processes.
    static func consumers(workers: [WorkerSetting], logger: Logger) throws -> ConsumerRouter {
        var router = ConsumerRouter()
        try router.add("/ws/online_number/") { _ in OnlineCounter() }
        for worker in workers {
            try router.add(worker.pattern, worker: ChannelName(worker.channel), logger: logger)
        }
        return router
    }

    /// The pages.
    static func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in Response.redirect(to: "/online/", type: .found) }
        OnlineCounterPage().add(to: router)
    }
}
