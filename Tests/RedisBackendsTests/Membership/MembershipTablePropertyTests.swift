import ChannelLayers
import MusterTesting
import Testing

@testable import RedisBackends

struct MembershipTablePropertyTests {
    @Test(
        "Whatever happens in whatever order, Redis ends up with what is wanted and each join is answered once",
        arguments: 0..<600
    )
    func settles(seed: UInt64) throws {
        var world = MembershipWorld(seed: seed)
        for _ in 0..<300 { world.step() }
        world.settle()
        #expect(world.faults == [])
        #expect(world.redis.members == world.wanted)
        #expect(world.redis.listing == world.wanted.mapValues(\.count))
        #expect(world.subscribed.isSuperset(of: world.wanted.keys))
        #expect(world.unanswered == [])
    }

    @Test("The worlds reach agreement before the end, find strangers, and are reaped: the test sees what it is about")
    func isWorthwhile() {
        var (agreements, strangers, reaped) = (0, 0, 0)
        // A world's course also depends on the order of sets, which differs from run to run: as many as it takes.
        for seed: UInt64 in 0..<600 where agreements <= 10 || strangers <= 10 || reaped <= 10 {
            var world = MembershipWorld(seed: seed)
            for _ in 0..<300 { world.step() }
            agreements += world.agreements
            strangers += world.strangers
            reaped += world.reaped
        }
        #expect(agreements > 10 && strangers > 10 && reaped > 10, "\(agreements), \(strangers), \(reaped)")
    }
}
