import Applications
import ChannelLayers
import Consumers
import Hummingbird
import Logging
import ServiceLifecycle

/// The systems that this executable serves: which consumer and which page answer which path.
enum Systems {
    /// The WebSocket paths: those of the systems, then those of workers in other processes.
    static func consumers(workers: [WorkerSetting], logger: Logger) throws -> ConsumerRouter {
        var router = ConsumerRouter()
        for path in ["/ws/", "/md_admin/test_socket"] { try router.add(path) { _ in Echo() } }
        for path in ["/chat/", "/chat/<room>/"] {
            try router.add(path, subprotocol: ClientScript.subprotocol) { try StructuredChat($0) }
            try router.add(path) { try Chat($0) }
        }
        try router.add(Notifications.path, subprotocol: ClientScript.subprotocol) { try StructuredNotifications($0) }
        try router.add(Notifications.path) { try Notifications($0) }
        let ticker = Clock.ticker()
        let counts = CountsReading()
        // The same frames for clients with and without the subprotocol.
        for subprotocol in [ClientScript.subprotocol, nil] {
            try router.add("/ws/online_number/", subprotocol: subprotocol) { _ in OnlineCounter() }
            try router.add("/md_admin/test_websocket", subprotocol: subprotocol) { _ in Clock(ticker: ticker) }
            try router.add("/ws/counts/", subprotocol: subprotocol) { _ in LiveCounts(reading: counts) }
        }
        for worker in workers {
            try router.add(worker.pattern, worker: ChannelName(worker.channel), logger: logger)
        }
        return router
    }

    /// The pages, and the HTTP API.
    static func addRoutes(
        to router: Router<BasicRequestContext>,
        layer: any ChannelLayer,
        apiKeys: [String],
        logger: Logger
    ) {
        ClientScript().add(to: router)
        SharedFiles().add(to: router)
        HomePage().add(to: router)
        OnlineCounterPage().add(to: router)
        EchoPage().add(to: router)
        ChatPage().add(to: router)
        ClockPage().add(to: router)
        NotificationsPage().add(to: router)
        GroupSendAPI(layer: layer, keys: BearerKeys(apiKeys), logger: logger).add(to: router)
    }

    /// What runs beside the front.
    static func services(layer: any ChannelLayer, expiry: Duration, logger: Logger) -> [any Service] {
        [SendRequests(layer: layer, expiry: expiry, logger: logger)]
    }
}
