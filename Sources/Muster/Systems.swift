import Applications
import ChannelLayers
import Consumers
import Hummingbird
import Logging
import ServiceLifecycle

/// The systems that this executable serves: which consumer and which page answer which path.
enum Systems {
    /// The WebSocket paths: those of the systems, then those of workers in other processes.
    static func consumers(workers: [WorkerSetting], stores: Stores, logger: Logger) throws -> ConsumerRouter {
        var router = ConsumerRouter()
        for path in ["/ws/", "/md_admin/test_socket"] { try router.add(path) { _ in Echo() } }
        for path in ["/chat/", "/chat/<room>/"] {
            try router.add(path, subprotocol: ClientScript.subprotocol) {
                try StructuredChat($0, media: stores.media)
            }
            try router.add(path) { try Chat($0, media: stores.media) }
        }
        try router.add(Notifications.path, subprotocol: ClientScript.subprotocol) { try StructuredNotifications($0) }
        try router.add(Notifications.path) { try Notifications($0) }
        let ticker = Clock.ticker()
        let counts = CountsReading()
        let support = SupportFront(desk: stores.desk, media: stores.media, logger: logger)
        // The same frames for clients with and without the subprotocol.
        for subprotocol in [ClientScript.subprotocol, nil] {
            try router.add("/ws/online_number/", subprotocol: subprotocol) { _ in OnlineCounter() }
            try router.add("/md_admin/test_websocket", subprotocol: subprotocol) { _ in Clock(ticker: ticker) }
            try router.add("/ws/counts/", subprotocol: subprotocol) { _ in LiveCounts(reading: counts) }
            try router.add("/support/", subprotocol: subprotocol, isBesidePage: true) {
                try SupportCustomer($0, front: support)
            }
            try router.add("/support/staff/", subprotocol: subprotocol, isBesidePage: true) {
                try SupportStaff($0, front: support)
            }
        }
        // Behind the paths of the other systems.
        try router.add("/ws/<user>/", subprotocol: ClientScript.subprotocol) {
            try StructuredDirectMessages(
                $0,
                inboxes: stores.inboxes,
                lastSeen: stores.lastSeen,
                media: stores.media
            )
        }
        try router.add("/ws/<user>/") {
            try DirectMessages($0, inboxes: stores.inboxes, lastSeen: stores.lastSeen, media: stores.media)
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
        stores: Stores,
        apiKeys: [String],
        logger: Logger
    ) {
        ClientScript().add(to: router)
        SharedFiles().add(to: router)
        Pages().add(to: router)
        GroupSendAPI(layer: layer, keys: BearerKeys(apiKeys), logger: logger).add(to: router)
        MediaUpload(store: stores.uploads, logger: logger).add(to: router)
        MediaDownload(store: stores.uploads, logger: logger).add(to: router)
    }

    /// What runs beside the front.
    static func services(
        layer: any ChannelLayer,
        stores: Stores,
        expiry: Duration,
        logger: Logger
    ) -> [any Service] {
        let cleanup = stores.uploads.map { MediaCleanup(store: $0, logger: logger) }
        return [SendRequests(layer: layer, expiry: expiry, logger: logger)] + (cleanup.map { [$0] } ?? [])
    }
}
