import ChannelLayers
import Messages
import RedisBackends
import Testing

/// General channels: queues that any process fills and empties.
@Suite("General channels of Django and Muster")
struct GeneralChannelTests {
    /// Goes into turns over one to three hosts without a rest.
    private static let count = 120

    @Test("Muster receives what Django sent to a general channel", arguments: 1...3)
    func fromDjango(hosts: Int) async throws {
        try await withRedisHosts(hosts) { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: redis.map(\.url), capacity: 1000))
            try await core.sendMany(Self.count, from: "core", to: .channel("jobs"))
            try await withMusterLayers(1, hosts: redis) { layers in
                let jobs = ReceivingMember(try ChannelName("jobs"), of: layers[0].layer)
                check(try await jobs.collected(count: Self.count), from: "core", hosts: hosts)
                // While it waits, too.
                try await core.sendMany(Self.count, from: "core again", to: .channel("jobs"))
                check(try await jobs.collected(count: 2 * Self.count), from: "core again", hosts: hosts)
                await jobs.stop()
            }
            await core.stop()
        }
    }

    @Test("Django receives what Muster sent to a general channel", arguments: 1...3)
    func toDjango(hosts: Int) async throws {
        try await withRedisHosts(hosts) { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: redis.map(\.url)))
            try await withMusterLayers(1, hosts: redis, capacity: 1000) { layers in
                try await layers[0].sendMany(Self.count, from: "muster", to: ChannelName("jobs"))
            }
            try await core.startCollecting("jobs")
            check(try await core.collected("jobs", count: Self.count), from: "muster", hosts: hosts)
            await core.stop()
        }
    }

    @Test("Each message goes to one of the receivers, whether that is Django or Muster")
    func workQueue() async throws {
        try await withTestRedis { redis in
            let sender = try await DjangoLayer.start(.core, .init(hosts: [redis.url], capacity: 5000))
            let worker = try await DjangoLayer.start(.core, .init(hosts: [redis.url]))
            try await worker.startCollecting("jobs")
            try await withMusterLayers(2, hosts: [redis]) { layers in
                let jobs = try layers.map { ReceivingMember(try ChannelName("jobs"), of: $0.layer) }
                try await sender.sendMany(600, from: "core", to: .channel("jobs"))
                var counts: [Int] = []
                try await eventually("600 messages taken") {
                    counts = [try await worker.collected("jobs").count] + jobs.map { $0.collected.count }
                    return counts.reduce(0, +) >= 600
                }
                #expect(counts.reduce(0, +) == 600)
                for job in jobs { await job.stop() }
            }
            // Django forgets a message just after it has delivered it.
            try await eventually("an empty queue") {
                try await redis.cli("exists", "asgijobs", "asgijobs$inflight") == "0"
            }
            await sender.stop()
            await worker.stop()
        }
    }

    /// With one host a general channel keeps the order of each sender; several hosts take turns.
    private func check(_ summary: ChannelSummary, from sender: String, hosts: Int) {
        #expect(summary.errors == [])
        guard hosts > 1 else {
            #expect(summary.senders[sender] == .whole(Self.count))
            return
        }
        #expect(summary.senders[sender]?.count == Self.count)
        #expect(summary.senders[sender]?.duplicates == 0)
    }
}
