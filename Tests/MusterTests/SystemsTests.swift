import Consumers
import Testing

@testable import Muster

struct SystemsTests {
    @Test("The online counter answers its WebSocket path, and nothing answers others")
    func consumers() throws {
        let router = try Systems.consumers()
        #expect(router.match("/ws/online_number/")?.kind.name == "OnlineCounter")
        #expect(router.match("/ws/online_number") == nil)
        #expect(router.match("/online/") == nil)
    }
}
