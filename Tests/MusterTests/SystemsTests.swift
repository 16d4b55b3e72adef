import Consumers
import Logging
import Testing

@testable import Muster

struct SystemsTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("The online counter answers its WebSocket path, and nothing answers others")
    func consumers() throws {
        let router = try Systems.consumers(workers: [], logger: logger)
        #expect(router.match("/ws/online_number/")?.kind.name == "OnlineCounter")
        #expect(router.match("/ws/online_number") == nil)
        #expect(router.match("/online/") == nil)
    }

    @Test("The chat answers those who offer muster.v1 in structured frames, and all others in plain text")
    func chat() throws {
        let router = try Systems.consumers(workers: [], logger: logger)
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
        let router = try Systems.consumers(workers: [], logger: logger)
        let path = "/message/ann/stream/"
        #expect(router.match(path)?.kind.name == "Notifications")
        #expect(router.match(path)?.arguments == ["user": "ann"])
        #expect(router.match(path, offering: ["x", "muster.v1"])?.kind.name == "StructuredNotifications")
        #expect(router.match(path, offering: ["x"])?.kind.name == "Notifications")
    }

    @Test("Routes of workers come behind those of the systems")
    func workers() throws {
        let workers = ["/room/<room>/", "/ws/<any>/"].map { WorkerSetting(pattern: $0, channel: "jobs") }
        let router = try Systems.consumers(workers: workers, logger: logger)
        #expect(router.match("/room/blue/")?.kind.name == "WorkerConsumer")
        #expect(router.match("/room/blue/")?.arguments == ["room": "blue"])
        #expect(router.match("/ws/other/")?.kind.name == "WorkerConsumer")
        #expect(router.match("/ws/online_number/")?.kind.name == "OnlineCounter")
    }

    @Test("A worker's route that a system has is refused")
    func taken() {
        let worker = WorkerSetting(pattern: "/ws/online_number/", channel: "jobs")
        #expect(throws: RoutingError.duplicate("/ws/online_number/")) {
            try Systems.consumers(workers: [worker], logger: logger)
        }
    }
}
