import ChannelLayers
import Testing

struct HistoryLimitsTests {
    @Test("The first pattern that fits counts; what none fits keeps nothing")
    func patterns() {
        let few = HistoryLimit(count: 1, age: .seconds(1))
        let many = HistoryLimit(count: 50, age: .seconds(86_400))
        let limits = HistoryLimits([("chat.secret", few), ("chat.*", many)])
        #expect(limits.limit(of: "chat.secret") == few)
        #expect(limits.limit(of: "chat.lobby") == many)
        #expect(limits.limit(of: "chat") == nil)
        #expect(limits.limit(of: "users") == nil)
        #expect(HistoryLimits().limit(of: "chat.lobby") == nil)
    }
}
