import ChannelLayers
import Consumers
import Logging
import Testing

@testable import Muster

struct SystemsTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func consumers(workers: [WorkerSetting] = []) throws -> ConsumerRouter {
        let stores = try Stores(beside: InMemoryChannelLayer(), ServeSettings(), logger: logger)
        return try Systems.consumers(workers: workers, stores: stores, logger: logger)
    }

    @Test("The online counter answers its WebSocket path, and nothing answers others")
    func onlineCounter() throws {
        let router = try consumers()
        #expect(router.match("/ws/online_number/")?.kind.name == "OnlineCounter")
        #expect(router.match("/ws/online_number") == nil)
        #expect(router.match("/online/") == nil)
    }

    @Test("The chat answers those who offer muster.v1 in structured frames, and all others in plain text")
    func chat() throws {
        let router = try consumers()
        for path in ["/chat/", "/chat/red/"] {
            #expect(router.match(path)?.kind.name == "Chat")
            #expect(router.match(path, offering: ["soap"])?.kind.name == "Chat")
            #expect(router.match(path, offering: ["soap", "muster.v1"])?.kind.name == "StructuredChat")
        }
        #expect(router.match("/chat/red/")?.arguments == ["room": "red"])
        #expect(router.match("/chat/red/blue/") == nil)
        for path in ["/ws/", "/md_admin/test_socket"] { #expect(router.match(path)?.kind.name == "Echo") }
    }

    @Test("Notifications are answered in the wire that the client offers")
    func notifications() throws {
        let router = try consumers()
        let path = "/message/ann/stream/"
        #expect(router.match(path)?.kind.name == "Notifications")
        #expect(router.match(path)?.arguments == ["user": "ann"])
        #expect(router.match(path, offering: ["x", "muster.v1"])?.kind.name == "StructuredNotifications")
        #expect(router.match(path, offering: ["x"])?.kind.name == "Notifications")
    }

    @Test("Direct messages are answered in the wire that the client offers, behind the literal paths")
    func directMessages() throws {
        let router = try consumers()
        #expect(router.match("/ws/ann/")?.kind.name == "DirectMessages")
        #expect(router.match("/ws/ann/")?.arguments == ["user": "ann"])
        #expect(router.match("/ws/ann/", offering: ["muster.v1"])?.kind.name == "StructuredDirectMessages")
        for offered in [[], ["muster.v1"]] {
            #expect(router.match("/ws/", offering: offered)?.kind.name == "Echo")
            #expect(router.match("/ws/online_number/", offering: offered)?.kind.name == "OnlineCounter")
            #expect(router.match("/ws/counts/", offering: offered)?.kind.name == "LiveCounts")
        }
        #expect(router.match("/ws/ann") == nil)
    }

    @Test("Customer service is beside its pages, for customers and for staff, whatever subprotocol is offered")
    func support() throws {
        let router = try consumers()
        for (path, name) in [("/support/", "SupportCustomer"), ("/support/staff/", "SupportStaff")] {
            for offer in [[], ["muster.v1"]] {
                let match = router.match(path, offering: offer)
                #expect(match?.kind.name == name)
                #expect(match?.isBesidePage == true)
            }
        }
    }

    @Test("Routes of workers come behind those of the systems")
    func workers() throws {
        let workers = ["/room/<room>/", "/ws/<any>/more/"].map { WorkerSetting(pattern: $0, channel: "jobs") }
        let router = try consumers(workers: workers)
        #expect(router.match("/room/blue/")?.kind.name == "WorkerConsumer")
        #expect(router.match("/room/blue/")?.arguments == ["room": "blue"])
        #expect(router.match("/ws/other/more/")?.kind.name == "WorkerConsumer")
        #expect(router.match("/ws/online_number/")?.kind.name == "OnlineCounter")
    }

    @Test("A worker's route that a system has is refused")
    func taken() {
        let worker = WorkerSetting(pattern: "/ws/online_number/", channel: "jobs")
        #expect(throws: RoutingError.duplicate("/ws/online_number/")) {
            try consumers(workers: [worker])
        }
    }
}
